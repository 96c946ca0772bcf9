"""How many customers each person gets, so that everybody is as full as the others. Plain Python, no database."""

from collections import namedtuple

# capacity: customers there is time for (above 0); load: customers the person has anyway
Person = namedtuple("Person", "capacity load")
# count: customers to be given away; candidates: keys of the people who may have them
Group = namedtuple("Group", "count candidates")

SWEEPS = 50
CLOSE_ENOUGH = 0.01


def share_out(people, groups, keep_to_capacity=False):
    """Share the customers of ``groups`` among ``people`` fairly: the fullest are as little full as can be.

    Each group in turn fills up its people to one level while the others stay; repeated, that leads to the fairest
    shares, because how unfair they are (the sum of load² / capacity) never grows and has one lowest point.

    :param people: {key: Person}
    :param groups: {key: Group}
    :param keep_to_capacity: nobody gets more than there is room for; who finds no place is left over
    :return: {group key: {person key: customers}}, whole numbers

    >>> share_out({"Ann": Person(100, 50), "Ben": Person(50, 0)}, {"all": Group(40, ["Ann", "Ben"])})
    {'all': {'Ann': 10, 'Ben': 30}}
    """
    shares = {name: dict.fromkeys(group.candidates, 0.0) for name, group in groups.items()}
    loads = {key: float(person.load) for key, person in people.items()}
    for _sweep in range(SWEEPS):
        moved = 0.0
        for name, group in groups.items():
            moved = max(moved, _refill(people, loads, group, shares[name], keep_to_capacity))
        if moved < CLOSE_ENOUGH:
            break
    return _round(people, shares, keep_to_capacity)


def _refill(people, loads, group, share, keep_to_capacity):
    """Share one group anew while all others stay; returns by how much the share of any person changed."""
    for key, number in share.items():
        loads[key] -= number
    level = _find_level(people, loads, group)
    if keep_to_capacity:
        level = min(level, 1.0)
    moved = 0.0
    for key, number in share.items():
        new = max(0.0, level * people[key].capacity - loads[key])
        moved = max(moved, abs(new - number))
        share[key] = new
        loads[key] += new
    return moved


def _find_level(people, loads, group):
    """How full (load / capacity) the people are after they took in the group; who is fuller gets nothing."""
    room = total = 0.0
    level = 0.0
    ordered = sorted(group.candidates, key=lambda key: loads[key] / people[key].capacity)
    for position, key in enumerate(ordered):
        room += people[key].capacity
        total += loads[key]
        level = (total + group.count) / room
        following = ordered[position + 1 : position + 2]
        if not following or level <= loads[following[0]] / people[following[0]].capacity:
            break
    return level


def _round(people, shares, keep_to_capacity):
    """Whole numbers with the same sum in each group; what a person lost by rounding is made up in the next group."""
    owed = dict.fromkeys(people, 0.0)
    room = {key: person.capacity - person.load for key, person in people.items()} if keep_to_capacity else {}
    rounded = {}
    for name, share in shares.items():
        wanted = {key: number and number + owed[key] for key, number in share.items()}
        rounded[name] = _round_one(wanted, round(sum(share.values())), room)
        for key, number in rounded[name].items():
            owed[key] = wanted[key] - number if share[key] else owed[key]
            if room:
                room[key] -= number
    return rounded


def _round_one(wanted, total, room):
    """Whole numbers near ``wanted`` that add up to ``total``, or to less where there is no room."""
    whole = {key: max(0, min(int(number), room.get(key, total))) for key, number in wanted.items()}
    missing = total - sum(whole.values())
    by_rest = sorted(wanted, key=lambda key: whole[key] - wanted[key])
    while missing:
        before = missing
        for key in by_rest if missing > 0 else reversed(by_rest):
            if missing > 0 and wanted[key] > 0 and whole[key] < room.get(key, total):
                whole[key] += 1
                missing -= 1
            elif missing < 0 and whole[key] > 0:
                whole[key] -= 1
                missing += 1
        if missing == before:
            break
    return whole
