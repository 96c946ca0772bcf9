from . import (
    test_authority_answers,
    test_authority_clients,
    test_authority_figures,
    test_authority_loopholes,
    test_authority_orders,
    test_authority_paths,
    test_authority_points,
    test_authority_queries,
    test_authority_rights,
    test_authority_tours,
)
