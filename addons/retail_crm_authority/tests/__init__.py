from . import (
    test_authority_answers,
    test_authority_orders,
    test_authority_paths,
)
