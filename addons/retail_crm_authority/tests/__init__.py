from . import test_authority_orders
