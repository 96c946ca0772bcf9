from .history import TrialHistory
from .terms import TrialTerms
