from . import (
    test_authority,
    test_club,
    test_decisions,
    test_hooks,
    test_service,
    test_story,
    test_story_beside_cdnow,
)
