"""The Lantern Club: what customers make of their points, and what the people of the shop decide about them."""

# days on which the tiers were looked at, as the job does every night
DAYS_OF_TIERS = (300, 240, 180, 120, 90, 60, 30, 1, 0)
REASONS = {"goodwill": "points_reason_goodwill", "complaint": "points_reason_complaint"}


def three_tiers(shop):
    """Silver and gold for points collected in a year, the house circle for whom the owner invites."""
    tiers = (
        ("tier_silver", "Silver", "银卡", "#8C9AA6", "star", "points", 40, 1.0),
        ("tier_gold", "Gold", "金卡", "#C9A227", "trophy", "points", 150, 1.5),
        ("tier_circle", "House circle", "贵宾卡", "#5B6EE1", "diamond", "invitation", 0, 2.0),
    )
    for rank, (name, label, chinese, color, emblem, qualification, threshold, multiplier) in enumerate(
        tiers, 1
    ):
        tier = shop.env["retail.tier"].create(
            {
                "name": label,
                "sequence": rank * 10,
                "program_id": shop.ref("loyalty_program").id,
                "color": color,
                "emblem": emblem,
                "qualification": qualification,
                "threshold": threshold,
                "grace_days": 30,
                "points_multiplier": multiplier,
            }
        )
        shop.call(name, tier).with_context(lang="zh_CN").name = chinese
    _promise(
        shop, "tier_silver", "gift", "A pair of socks on the birthday", "生日袜子一双", 1, "year", "socks", 4
    )
    _promise(shop, "tier_gold", "multiplier", "Half as many points again", "积分 1.5 倍", 0, "year")
    _promise(shop, "tier_gold", "free_delivery", "Free delivery", "免费送货", 4, "year", cost=7)
    _promise(shop, "tier_gold", "gift", "A silk scarf at New Year", "新年丝巾一条", 1, "year", "scarf", 20)
    _promise(shop, "tier_circle", "multiplier", "Twice the points", "双倍积分", 0, "year")
    _promise(shop, "tier_circle", "free_delivery", "Free delivery, always", "全年免费送货", 0, "year", cost=7)


def _promise(shop, tier, kind, name, chinese, quantity, period, product=None, cost=0):
    benefit = shop.env["retail.tier.benefit"].create(
        {
            "tier_id": shop.ref(tier).id,
            "kind": kind,
            "name": name,
            "quantity": quantity,
            "period": period,
            "product_id": product and shop.ref(product).id,
            "cost": cost,
        }
    )
    benefit.with_context(lang="zh_CN").name = chinese


def a_year_of_the_club(shop):
    """Points of the first year have expired, customers rose in the ladder, and the hotel was invited to the circle."""
    for days_ago in range(60, 0, -1):
        with shop.points_of(days_ago):
            shop.env["retail.points.ageing"]._expire_batch(shop.day(days_ago))
    for days_ago in DAYS_OF_TIERS:
        shop.env["retail.tier.qualification"]._evaluate(shop.ref("loyalty_program"), shop.day(days_ago))
    shop.ref("loyalty_program").retail_tier_day = shop.today
    shop.env["retail.tier.membership"]._invite(
        wallet(shop, "golden_gate_hotels"),
        shop.ref("tier_circle"),
        shop.day(-365),
        "The hotel opens a new wing with our uniforms.",
    )


def points_given_by_hand(shop):
    """Grace Miller made up for a late parcel at once; Daniel Reyes asks for more than he may give, and waits."""
    shop.call(
        "adjustment_chen_hao",
        _adjust(shop, "manager", "chen_hao", 25, "goodwill", "His first parcel came two days late."),
    )
    shop.call(
        "adjustment_emma_clarke",
        _adjust(
            shop, "staff", "emma_clarke", 80, "complaint", "The sweater lost its colour in the first wash."
        ),
    )


def _adjust(shop, person, customer, points, category, reason):
    return shop.as_person(person, "retail.points.adjustment").create(
        {
            "wallet_id": wallet(shop, customer).id,
            "points": points,
            "category_id": shop.env.ref(f"retail_crm.{REASONS[category]}").id,
            "reason": reason,
        }
    )


def sofia_gets_her_scarf(shop):
    """What members are entitled to is handed over in the shop."""
    scarf = shop.ref("tier_gold").benefit_ids.filtered(lambda benefit: benefit.kind == "gift")
    shop.as_person("staff", "retail.tier.benefit.use").sudo()._hand_over(
        wallet(shop, "sofia_martins"), scarf, 1, note="She chose the blue one."
    )


def the_hotel_means_to_use_points(shop):
    """The quotation for the new wing reserves two hundred points of the hotel, whoever of the contacts asks."""
    order = shop.ref("quotation_alliance")
    order._update_programs_and_rewards()
    reward = shop.ref("loyalty_program").reward_ids
    order._apply_program_reward(reward, _card(shop, order))


def _card(shop, order):
    return shop.ref("loyalty_program").coupon_ids.filtered(lambda card: card.partner_id == order.partner_id)


def wallet(shop, customer):
    """The wallet of the customer in the club."""
    return shop.env["retail.points.wallet"].search(
        [
            ("partner_id", "=", shop.ref(customer).commercial_partner_id.id),
            ("program_id", "=", shop.ref("loyalty_program").id),
        ]
    )
