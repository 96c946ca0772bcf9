from . import retail_authority_answer, retail_authority_ask
