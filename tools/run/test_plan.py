"""Which tests ./run test runs: the addons that are installed together, and the tags that choose the tests."""

from dataclasses import dataclass

from . import manifests, paths
from .console import Failure

DATA_TAG = "retail_data"


@dataclass
class Stage:
    """Addons that are installed together, and the tests that run then.

    At least one test of each addon in `must_run` has to, or the stage fails: a folder of tests that nobody imports
    would go unnoticed."""

    name: str
    addons: list
    tags: str
    must_run: list


def plan_stages(addons, all_manifests, tags=None, data=False):
    """The runs that prove the addons, each with its own set of addons installed.

    Named addons are tested with what they need and nothing else. Without names, every addon that needs only a part
    of ours is tested so, and then all of them together."""
    _check_names(addons, all_manifests)
    everything = sorted(all_manifests)
    if addons or tags or data:
        chosen = sorted(addons) or everything
        return [_stage("-".join(addons) or "together", chosen, tags, data)]
    alone = [name for name in everything if manifests.own_dependencies([name], all_manifests) != everything]
    return [*(_stage(addon, [addon]) for addon in alone), _stage("together", everything)]


def _stage(name, addons, tags=None, data=False):
    """Without tags, the tests of these addons and no others; slow ones with big data sets have a tag of their own."""
    if tags:
        return Stage(name, addons, tags, must_run=[])
    if data:
        return Stage(name, addons, ",".join(f"{DATA_TAG}/{addon}" for addon in addons), must_run=[])
    with_tests = [addon for addon in addons if any(paths.ADDONS.glob(f"{addon}/tests/test_*.py"))]
    return Stage(name, addons, ",".join(f"/{addon}" for addon in addons), must_run=with_tests)


def _check_names(addons, all_manifests):
    if not all_manifests:
        raise Failure("there are no addons in addons/ to test")
    unknown = sorted(set(addons) - all_manifests.keys())
    if unknown:
        raise Failure(f"no addon {', '.join(unknown)} in addons/; there are: {', '.join(all_manifests)}")
