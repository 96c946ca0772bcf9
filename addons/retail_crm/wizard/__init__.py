from . import base_partner_merge
from . import retail_history_import
