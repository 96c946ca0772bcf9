"""What the people of the shop decide about rules and segments, each through the screens of Retail CRM."""

from odoo import Command
from odoo.tools import format_date

# said by a person, in her own language
WHAT_THE_AUTUMN_POLICY_IS_FOR = (
    "Before Christmas I want to notice sooner who buys a lot and who stops, and to look after more key customers. "
    "The trial on our last year is here. Please decide."
)

# ---------------------------------------------------------------------- rules


def ten_dollars_are_no_risk(shop, days_ago):
    """Grace Miller no longer wants to hear of ten dollars that are late; Helen Lindgren approves without a trial."""
    policy = shop.call("policy_lenient", draft_a_policy(shop, "Lenient policy", "宽松规则"))
    policy.payment_overdue_amount = 10
    approve(shop, policy, "Nobody is a risk because of a few dollars. There is nothing to try.")
    date_back(shop, policy, days_ago)


def rules_for_the_autumn_are_tried(shop):
    """A draft that listens to the last months and looks after more key customers; its trial waits for the approver.

    Grace Miller promised that hardly anybody would be in another segment. The trial says otherwise.
    """
    policy = shop.call("policy_autumn", draft_a_policy(shop, "Autumn policy", "秋季规则"))
    shop.env.cr.flush()
    policy.write(
        {
            "half_life_weeks": 13,
            "accept_moved_share": 5,
            "business_owner_id": shop.ref("user_approver").id,
            "band_ids": [Command.update(get_band(policy, "key").id, {"enter": 60, "leave": 55})],
        }
    )
    shop.env.cr.flush()
    trial = policy.trial_ids.browse(policy.action_start_trial()["res_id"])
    shop.call("trial_autumn", trial)
    policy.message_post(
        body=WHAT_THE_AUTUMN_POLICY_IS_FOR,
        partner_ids=policy.business_owner_id.partner_id.ids,
    )
    # commits month by month; what is interrupted here, the scheduled action goes on with
    trial._replay()


def draft_a_policy(shop, name, chinese_name):
    """Grace Miller's draft of a new version of the rules in use."""
    active = shop.as_person("manager", "retail.policy")._get_active(shop.company)
    policy = active.browse(active.action_new_version()["res_id"])
    policy.name = name
    policy.with_context(lang="zh_CN").name = chinese_name
    return policy


def get_band(policy, segment):
    return policy.band_ids.filtered(lambda band: band.segment_id.code == segment)


def approve(shop, policy, reason):
    """What Helen Lindgren, the owner, does in the window that *Approve* opens."""
    policy = shop.as_person("approver", "retail.policy").browse(policy.id)
    decision = policy.env["retail.policy.decision"].browse(policy.action_approve()["res_id"])
    decision.reason = reason
    decision.action_confirm()


def date_back(shop, policy, days_ago):
    """Let ``policy`` have taken over from the shop's first rules on that day, and its history say so."""
    day, opening = shop.day(days_ago), shop.day(450)
    shop.env.cr.flush()
    policy = shop.env["retail.policy"].browse(policy.id)
    first = policy.search([("company_id", "=", shop.company.id), ("state", "=", "retired")], limit=1)
    policy.write({"approved_on": day, "activated_on": day, "effective_date": day})
    first.write({"activated_on": opening, "effective_date": opening, "retired_on": day})
    messages = policy.message_ids | first.message_ids
    messages.date = shop.noon(days_ago)
    messages.tracking_value_ids.filtered("new_value_datetime").new_value_datetime = day
    for message in messages:
        message.body = message.body.replace(format_date(shop.env, shop.today), format_date(shop.env, day))


# ---------------------------------------------------------------------- pins and appeals


def the_manager_knows_better(shop):
    """翠园餐饮 has only taken samples, but the manager has the contract on her desk: she pins them as key."""
    pin = shop.as_person("manager", "retail.segment.pin").create(
        {
            "partner_id": shop.ref("jade_garden").id,
            "segment_id": shop.env.ref("retail_crm.segment_key").id,
            "reason": "Framework contract agreed for two restaurants, first order next month",
            "date_end": shop.day(-180),
        }
    )
    shop.call("pin_jade_garden", pin)


def staff_disagree_with_three_segments(shop):
    """Daniel Reyes knows his customers. One appeal is open, the manager has accepted one and rejected one."""
    appeal(
        shop,
        "blue_heron_catering",
        "strategic",
        "Peter Novak was in hospital for two months and pays on Friday. In years he was never late before.",
    )
    appeal(
        shop,
        "aisha_rahman",
        "key",
        "She chooses the presents for her sister's wedding with us this week, for forty guests.",
    )
    appeal(shop, "lucas_weber", "key", "He bought our most expensive jacket and liked it.")
    answer(
        shop,
        "lucas_weber",
        "rejected",
        "One purchase is no habit yet. Write to him when the new jackets are here: the second one counts.",
    )


def appeal(shop, customer, segment, reason):
    shop.call(
        f"appeal_{customer}",
        shop.as_person("staff", "retail.appeal").create(
            {
                "partner_id": shop.ref(customer).id,
                "wanted_segment_id": shop.env.ref(f"retail_crm.segment_{segment}").id,
                "reason": reason,
            }
        ),
    )


def answer(shop, customer, outcome, words, **values):
    """Grace Miller's answer to the appeal for ``customer``."""
    window = shop.as_person("manager", "retail.appeal.answer").create(
        {"appeal_id": shop.ref(f"appeal_{customer}").id, "outcome": outcome, "answer": words, **values}
    )
    window.action_answer()


def the_wedding_is_this_week(shop):
    """The accepted appeal pins Aisha Rahman for five days: soon over, so the manager is reminded at once."""
    answer(
        shop,
        "aisha_rahman",
        "pinned",
        "Good to know, thank you. Until the wedding she is served as a key customer.",
        date_end=shop.day(-5),
    )
    pin = shop.call("pin_aisha_rahman", shop.ref("appeal_aisha_rahman").pin_id)
    pin._remind()
