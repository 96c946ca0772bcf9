"""What the shop does for its customers: who looks after whom, what is done about events, what is promised.

Most of it nobody wrote: the rules of the strategies make the actions, and the calendar breaks the promises. Here the
people of the shop act on them, each through the screens of Retail CRM.
"""

from collections import namedtuple
from datetime import datetime, time

from odoo.tools import SQL

# Four people cannot do more: so many actions a day and rule, which matters beside thousands of other customers.
DAILY_LIMIT = 5
# What somebody of the shop made of an action that the run of ``run_days_ago`` had made; ``done_days_ago`` is the day.
Done = namedtuple("Done", "run_days_ago customer event person done_days_ago outcome note")

DONE = (
    Done(
        175,
        "golden_gate_hotels",
        "slipping",
        "manager",
        174,
        "reached",
        "They renovate. Orders again in spring.",
    ),
    Done(140, "robert_haines", "slipping", "staff", 138, "reached", "Was travelling, comes in next week."),
    Done(
        140, "sofia_martins", "near_upgrade", "staff", 137, "reached", "Sent her three belts to choose from."
    ),
    Done(
        140,
        "golden_gate_hotels",
        "contact_overdue",
        "manager",
        138,
        "bought",
        "Summer shirts for the porters.",
    ),
    Done(
        140,
        "blue_heron_catering",
        "contact_overdue",
        "staff",
        136,
        "wrong_data",
        "That is the kitchen's number.",
    ),
    Done(
        70,
        "robert_haines",
        "slipping",
        "staff",
        68,
        "complaint",
        "Nobody had answered his e-mail about the socks.",
    ),
    Done(
        70,
        "golden_gate_hotels",
        "contact_overdue",
        "manager",
        68,
        "bought",
        "Four blazers for the reception.",
    ),
    Done(35, "sofia_martins", "entered", "staff", 33, "reached", "Linen, always. And never anything green."),
)

# ---------------------------------------------------------------------- the past


def nothing_is_done_yet(shop):
    """No run makes actions by itself until the shop knows who does them."""
    get_rules(shop).active = False


def get_rules(shop):
    return (
        shop.env["retail.action.rule"]
        .with_context(active_test=False)
        .search([("company_id", "=", shop.company.id)])
    )


def half_a_year_of_calls(shop, days_ago):
    """What the strategies asked for that day, of the named customers only; people saw to it, or it lapsed."""
    get_rules(shop).write({"active": True, "daily_limit": DAILY_LIMIT})
    make_actions(shop, days_ago)
    date_back_what_lapsed(shop, days_ago)
    what_was_due_is_done(shop, days_ago)
    get_rules(shop).active = False


def make_actions(shop, days_ago=0):
    """As a run does it, for whoever has an account manager: those are the customers of the story."""
    Action, day = shop.env["retail.action"], shop.day(days_ago)
    Action._lapse(shop.company, day)
    for event, source in Action._action_sources(shop.company, day).items():
        named = SQL(
            """SELECT source.* FROM (%s) source JOIN res_partner partner ON partner.id = source.partner_id
                WHERE partner.user_id IS NOT NULL""",
            source,
        )
        Action._create_from(event, named, shop.company, day)


def what_was_due_is_done(shop, run_days_ago):
    """Daniel Reyes and Grace Miller saw to what the run had found for them, within days."""
    for done in DONE:
        if done.run_days_ago == run_days_ago and (action := find_action(shop, done.customer, done.event)):
            log_outcome(shop, action, done.person, done.outcome, done.note)
            action.done_on = shop.noon(done.done_days_ago)


def date_back_what_lapsed(shop, run_days_ago):
    """What the run of that day found no longer due ended on that day."""
    lapsed = shop.env["retail.action"].search(
        [
            ("company_id", "=", shop.company.id),
            ("state", "=", "lapsed"),
            ("done_on", ">", shop.noon(run_days_ago)),
        ]
    )
    # those of earlier runs have their day already, so only the news are found
    lapsed.done_on = shop.noon(run_days_ago)


def find_action(shop, customer, event):
    """The open action of the event for the customer; beside other customers some events do not happen."""
    return shop.env["retail.action"].search(
        [("partner_id", "=", shop.ref(customer).id), ("event", "=", event), ("state", "=", "open")], limit=1
    )


def log_outcome(shop, action, person, outcome, note, next_on=False):
    """What ``person`` says of the action; returns the one that follows on ``next_on``."""
    mine = shop.as_person(person, "retail.action").browse(action.id)
    return mine._log_outcome(shop.env.ref(f"retail_crm.action_outcome_{outcome}"), note, next_on)


# ---------------------------------------------------------------------- who looks after whom


def everybody_has_customers(shop):
    """Four people with their roles; the one at the harbour is away this week, and Daniel Reyes stands in."""
    old_town, harbour = (shop.store(code).retail_store_id for code in ("WH", "HARB"))
    people = (
        ("manager", "manager", old_town | harbour, 500, "manager_zh"),
        ("manager_zh", "vip_representative", old_town | harbour, 200, "manager"),
        ("staff", "member_adviser", old_town, 300, "harbour"),
        ("harbour", "customer_service", harbour, 100, "staff"),
    )
    for person, role, stores, capacity, deputy in people:
        staff = shop.env["retail.staff"].create(
            {
                "user_id": shop.ref(f"user_{person}").id,
                "role": role,
                "store_ids": stores.ids,
                "capacity": capacity,
                "deputy_id": shop.ref(f"user_{deputy}").id,
            }
        )
        shop.call(f"staff_{person}", staff)
    give_owners(shop)


def give_owners(shop):
    owners = {
        "manager": ("golden_gate_hotels",),
        "manager_zh": ("jade_garden",),
        "staff": (
            "sofia_martins",
            "wang_meiling",
            "robert_haines",
            "blue_heron_catering",
            "chen_hao",
            "lucas_weber",
            "aisha_rahman",
        ),
        "harbour": ("emma_clarke", "nora_lindqvist", "liu_yang"),
    }
    for person, customers in owners.items():
        partners = shop.env["res.partner"].union(*(shop.ref(customer) for customer in customers))
        shop.env["retail.owner"]._give(partners, shop.ref(f"user_{person}"), shop.company, day=shop.day(300))


def jonas_goes_on_leave(shop):
    """He gives Emma Clarke to Daniel Reyes for good, and stays the owner of the others."""
    handover = shop.as_person("harbour", "retail.handover").create(
        {
            "partner_ids": shop.ref("emma_clarke").ids,
            "to_id": shop.ref("user_staff").id,
            "note": "She shops in Old Town now. Her sweater lost its colour: she waits to hear from us.",
            "is_kept": True,
        }
    )
    handover.action_hand_over()
    shop.call("handover_emma_clarke", handover)
    shop.ref("staff_harbour").write({"absent_from": shop.today, "absent_until": shop.day(-6)})


# ---------------------------------------------------------------------- promises


def four_promises(shop):
    """One is kept, one is for tomorrow, one hangs on the hotel's rain jackets, and one was forgotten."""
    shop.call("promise_sofia_martins", promise_kept(shop))
    promise(
        shop,
        "staff",
        "emma_clarke",
        "call_back",
        "Call her about the sweater that lost its colour",
        evening(shop, -1),
    )
    # the calendar breaks it
    promise(
        shop,
        "harbour",
        "nora_lindqvist",
        "other",
        "The grey wool socks in her size are at the harbour by the weekend",
        evening(shop, 1),
        made_at=shop.noon(9),
    )


def promise_kept(shop):
    staff, kept_at = shop.ref("user_staff"), shop.noon(12)
    return promise(
        shop,
        "staff",
        "sofia_martins",
        "other",
        "The linen shirt is put aside for her",
        evening(shop, 10),
        made_at=shop.noon(16),
        state="kept",
        ending="hand",
        closed_at=kept_at,
        closed_by_id=staff.id,
        kept_at=kept_at,
        kept_by_id=staff.id,
    )


def promise(shop, person, customer, kind, text, due_at, **past):
    """What ``person`` promised; ``past`` is what nobody may say, because the server notes it."""
    keeper = shop.ref(f"user_{person}")
    said = {
        "partner_id": shop.ref(customer).id,
        "kind": kind,
        "text": text,
        "keeper_id": keeper.id,
        "made_by_id": keeper.id,
        "due_at": due_at,
    }
    return shop.call(f"promise_{customer}", shop.env["retail.promise"].create({**said, **past}))


def evening(shop, days_ago):
    return datetime.combine(shop.day(days_ago), time(18))


# ---------------------------------------------------------------------- terms and stock


def old_and_new_customers_have_terms(shop):
    """Rules of terms: the more conditions, the stronger; among equal ones the first of these."""
    strategies = shop.env["retail.strategy"].search([("company_id", "=", shop.company.id)]).grouped("code")
    rules = {
        "old_alliance": {
            "strategy_id": strategies["alliance"].id,
            "tenure": "old",
            "pricelist_id": shop.ref("pricelist_alliance").id,
            "payment_term_id": shop.ref("account.account_payment_term_45days").id,
            "has_free_delivery": True,
            "has_return_window": True,
            "return_days": 60,
        },
        "cautious": {
            "strategy_id": strategies["cautious"].id,
            "has_discount_ceiling": True,
            "has_return_window": True,
            "return_days": 14,
        },
        "long_term": {
            "relationship": "long_term",
            "has_free_delivery": True,
            "free_delivery_from": 100,
            "has_return_window": True,
        },
        "new": {
            "tenure": "new",
            "has_discount_ceiling": True,
            "discount_ceiling": 5,
            "has_return_window": True,
        },
    }
    for sequence, (name, values) in enumerate(rules.items(), 1):
        term = shop.as_person("manager", "retail.term").create({"sequence": sequence * 10, **values})
        shop.call(f"term_{name}", term)


def blazers_are_kept_for_the_new_wing(shop):
    """Nineteen are left, and the choir asks for twenty: the hotel's twelve are protected until it has decided."""
    protection = shop.as_person("manager", "retail.protection").create(
        {
            "product_id": shop.ref("blazer").id,
            "warehouse_id": shop.store("WH").id,
            "quantity": 12,
            "release_on": shop.day(-14),
            "note": "Spring uniforms for the new wing of Golden Gate Hotels",
        }
    )
    shop.call("protection_blazer", protection)


# ---------------------------------------------------------------------- questions and the day


def two_customers_ask(shop):
    """Margaret Olsen had her answer within two hours; Sofia Martins has waited for days, so it went one step up."""
    watch = shop.env["retail.question.job"]._watch
    asked_at, answered_at = shop.noon(8), shop.noon(8).replace(hour=14)
    # from here on what customers write is looked at
    watch(shop.company, asked_at)
    margaret, sofia = shop.ref("margaret_olsen"), shop.ref("sofia_martins")
    says(shop, "lead_new_wing", margaret, "Will the blazers be here before the opening?", asked_at)
    watch(shop.company, asked_at)
    grace = shop.ref("user_manager").partner_id
    says(shop, "lead_new_wing", grace, "Yes, all twelve. I have put them aside.", answered_at)
    watch(shop.company, answered_at)
    says(shop, "lead_styling", sofia, "Would Saturday at ten be possible?", shop.noon(5))
    watch(shop.company)


def says(shop, document, author, words, moment):
    """``author`` writes on the document, and nobody is told by e-mail."""
    message = shop.ref(document).message_post(
        body=words,
        author_id=author.id,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        notify_skip_followers=True,
    )
    message.date = moment


def old_calls_are_done(shop):
    """Beside other customers other things happened than the script knows; nobody of the shop forgot them."""
    forgotten = shop.env["retail.action"].search(
        [("company_id", "=", shop.company.id), ("state", "=", "open"), ("due_on", "<", shop.day(35))]
    )
    for action in forgotten:
        mine = action.with_user(action.user_id)
        mine._log_outcome(shop.env.ref("retail_crm.action_outcome_reached"))
        action.done_on = datetime.combine(action.due_on, time(12))


def the_day_begins(shop):
    """Daniel Reyes did not reach Robert Haines, who is on today's list again; Blue Heron Catering was put off once."""
    get_rules(shop).write({"active": True, "daily_limit": DAILY_LIMIT})
    make_actions(shop)
    old_calls_are_done(shop)
    if robert := find_action(shop, "robert_haines", "entered"):
        again = log_outcome(shop, robert, "staff", "no_answer", "His mailbox is full.", next_on=shop.today)
        # beside other customers he came into risk only today
        robert.done_on = max(shop.noon(5), datetime.combine(robert.decided_on, time(8)))
        shop.call("action_robert_haines", again)
    if heron := find_action(shop, "blue_heron_catering", "entered"):
        mine = shop.as_person("staff", "retail.action").browse(heron.id)
        mine.write(
            {"due_on": shop.day(3), "note": "Peter Novak was in hospital. His office says: call this week."}
        )
        shop.call("action_blue_heron_catering", heron)
    if meiling := find_action(shop, "wang_meiling", "slipping"):
        log_outcome(shop, meiling, "staff", "bought", "Ordered a rain jacket yesterday.")
    # promises are settled, actions made, given to who is there, and measured: as every hour
    shop.env["retail.action.job"]._act(shop.company)
