from . import test_hooks
from . import test_story
from . import test_story_beside_cdnow
