from . import base_partner_merge
from . import retail_appeal_answer
from . import retail_history_import_problem
from . import retail_history_import
from . import retail_policy_decision
