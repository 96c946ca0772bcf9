from . import balance
from . import working_time
