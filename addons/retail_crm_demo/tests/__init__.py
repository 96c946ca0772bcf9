from . import test_hooks, test_story, test_story_beside_cdnow
