"""The story of Lantern & Linen, a small fashion shop in San Francisco, chapter by chapter.

Nobody's segment is written here: customers buy, return and pay, and the segments follow from that. Amounts are
chosen so that they also hold beside the 23,570 customers of the CDNOW data set (docs/demo.md says who is who).
"""

from . import authority, club, decisions, service
from .shop import Sale, Shop

# The segments are computed for these days of the past, so that movements and trends have something to show.
RUNS_BEFORE_NEW_RULES = (175, 140)
NEW_RULES_DAYS_AGO = 120
RUNS_SINCE = (105, 70, 35)


def tell(env):
    """Tell the chapters. The runs commit, so an interrupted installation goes on where it stopped."""
    shop = Shop(env)
    if not shop.knows("order_emma"):
        open_the_shop(shop)
        fifteen_months_of_trade(shop)
        sofia_spends_her_points(shop)
        emma_brings_the_sweater_back(shop)
        club.three_tiers(shop)
        club.a_year_of_the_club(shop)
    if not shop.knows("order_alliance"):
        half_a_year_of_runs(shop)
        give_the_alliance_its_terms(shop)
        service.old_and_new_customers_have_terms(shop)
        decisions.the_manager_knows_better(shop)
        rain_jackets_run_short(shop)
        business_of_today(shop)
    if not shop.knows("trial_autumn"):
        shop.run()
        decisions.staff_disagree_with_three_segments(shop)
        decisions.the_wedding_is_this_week(shop)
        decisions.rules_for_the_autumn_are_tried(shop)
    if not shop.knows("adjustment_chen_hao"):
        club.points_given_by_hand(shop)
        club.sofia_gets_her_scarf(shop)
        club.the_hotel_means_to_use_points(shop)
    if not shop.knows("promise_nora_lindqvist"):
        service.everybody_has_customers(shop)
        service.blazers_are_kept_for_the_new_wing(shop)
        service.two_customers_ask(shop)
        service.four_promises(shop)
        service.jonas_goes_on_leave(shop)
        service.the_day_begins(shop)
    if not shop.knows("quotation_emma"):
        authority.staff_and_managers_have_limits(shop)
        authority.the_caterer_gets_no_discount(shop)
        authority.emma_is_to_get_another_sweater(shop)


# ---------------------------------------------------------------------- the past


def open_the_shop(shop):
    """A name, price lists, a second store at the harbour and full shelves; of rain jackets there is just one."""
    # nobody reads the mail of a demo
    shop.env.ref("base.user_admin").notification_type = "inbox"
    shop.env.ref("base.group_user")._apply_group(shop.env.ref("product.group_product_pricelist"))
    _put_up_the_sign(shop)
    if not shop.store("HARB"):
        shop.env["stock.warehouse"].create(
            {"name": "Harbour Street", "code": "HARB", "company_id": shop.company.id}
        )
    plenty = ("linen_shirt", "sweater", "chinos", "scarf", "belt", "t_shirt", "socks", "tote")
    shop.stock_up("WH", {**dict.fromkeys(plenty, 120), "blazer": 40, "rain_jacket": 1}, days_ago=450)
    shop.stock_up("HARB", dict.fromkeys(plenty, 30), days_ago=450)


def _put_up_the_sign(shop):
    """Name a company that nobody has named yet, and the store in it."""
    if shop.company.name == "My Company":
        shop.company.write({"name": "Lantern & Linen", "city": "San Francisco"})
        warehouse = shop.store("WH")
        warehouse.name = warehouse.retail_store_id.name = "Old Town"


def fifteen_months_of_trade(shop):
    """Everybody buys, most pay at once. The chapters below say who does what."""
    sales = [
        *the_hotel_dresses_its_staff(),
        *the_caterer_stops_paying(),
        *sofia_comes_back_again_and_again(),
        *meiling_buys_with_the_seasons(),
        *robert_stays_away(),
        *seven_small_customers(),
    ]
    shop.trade(sales)


def the_hotel_dresses_its_staff():
    """Golden Gate Hotels buys uniforms through two contacts and pays within days: strategic, so an alliance."""
    return [
        Sale("margaret_olsen", 430, {"blazer": 10, "linen_shirt": 20}, paid_after=3),
        Sale("zhang_wei", 345, {"linen_shirt": 12}, paid_after=2),
        Sale("margaret_olsen", 260, {"blazer": 6, "chinos": 12}, paid_after=4),
        Sale("margaret_olsen", 180, {"sweater": 10}, paid_after=3),
        Sale("zhang_wei", 110, {"linen_shirt": 16}, paid_after=2),
        Sale("margaret_olsen", 40, {"blazer": 4, "chinos": 10}, paid_after=3),
    ]


def the_caterer_stops_paying():
    """Blue Heron Catering has thirty days to pay and did, until the bill of ninety days ago: a payment risk."""
    return [
        Sale("blue_heron_catering", 400, {"linen_shirt": 8}, paid_after=28),
        Sale("blue_heron_catering", 300, {"chinos": 8}, paid_after=30),
        Sale("blue_heron_catering", 200, {"linen_shirt": 6, "belt": 4}, paid_after=29),
        Sale("blue_heron_catering", 90, {"t_shirt": 20, "sweater": 6}, paid_after=None),
        Sale("blue_heron_catering", 25, {"t_shirt": 4}),
    ]


def sofia_comes_back_again_and_again():
    """Sofia Martins buys every six weeks in both stores and collects points: key."""
    return [
        Sale("sofia_martins", 330, {"t_shirt": 1}),
        Sale("sofia_martins", 275, {"t_shirt": 1}),
        Sale("sofia_martins", 230, {"scarf": 1}, "HARB"),
        Sale("sofia_martins", 186, {"socks": 2}),
        Sale("sofia_martins", 140, {"linen_shirt": 1}),
        Sale("sofia_martins", 97, {"belt": 1}, "HARB"),
        Sale("sofia_martins", 54, {"linen_shirt": 1}),
    ]


def meiling_buys_with_the_seasons():
    """王美玲 buys something good every season: key, and next in line for a rain jacket."""
    return [
        Sale("wang_meiling", 290, {"t_shirt": 1}),
        Sale("wang_meiling", 200, {"linen_shirt": 1}),
        Sale("wang_meiling", 110, {"belt": 1}),
        Sale("wang_meiling", 30, {"scarf": 1}),
    ]


def robert_stays_away():
    """Robert Haines dropped in every other week for five months, and has not been seen since: an inactivity risk."""
    habits = ({"socks": 1}, {"tote": 1}, {"t_shirt": 1})
    return [
        Sale("robert_haines", days_ago, habits[visit % len(habits)])
        for visit, days_ago in enumerate(range(279, 124, -14))
    ]


def seven_small_customers():
    """Who buys once or little is transactional, however long ago; nobody is a risk after a single purchase.

    翠园餐饮 took samples of a uniform. The walk-in customer stands for everybody whom nobody knows.
    """
    return [
        Sale("emma_clarke", 45, {"sweater": 1, "scarf": 1}),
        Sale("chen_hao", 25, {"t_shirt": 1}),
        Sale("lucas_weber", 170, {"rain_jacket": 1}),
        Sale("nora_lindqvist", 260, {"socks": 1}, "HARB"),
        Sale("nora_lindqvist", 170, {"socks": 1}, "HARB"),
        Sale("nora_lindqvist", 95, {"socks": 1}, "HARB"),
        Sale("liu_yang", 400, {"belt": 1}),
        Sale("aisha_rahman", 42, {"tote": 2}),
        Sale("zhao_min", 100, {"t_shirt": 1, "socks": 1}),
        Sale("walk_in", 210, {"blazer": 1}),
        Sale("walk_in", 60, {"chinos": 2}),
        Sale("walk_in", 14, {"scarf": 3}),
    ]


def sofia_spends_her_points(shop):
    """Twelve days ago: a shirt, ten dollars off for two hundred points. The reward lowers what she brings."""
    order = shop.call("order_sofia", shop.quote("sofia_martins", {"linen_shirt": 1}))
    card = shop.ref("loyalty_program").coupon_ids.filtered(lambda card: card.partner_id == order.partner_id)
    order._update_programs_and_rewards()
    order._apply_program_reward(shop.ref("loyalty_program").reward_ids, card)
    shop.confirm(order, 12)
    shop.deliver(order.picking_ids, 12)
    shop.pay(shop.invoice(order), 12)


def emma_brings_the_sweater_back(shop):
    """Emma Clarke returns the sweater after a week and gets her money back; only the scarf counts for her."""
    order = shop.env["sale.order"].search([("partner_id", "=", shop.ref("emma_clarke").id)])
    shop.call("order_emma", order)
    shop.call("credit_note_emma", shop.take_back(order, {"sweater": 1}, 38))


def half_a_year_of_runs(shop):
    """Who was who every five weeks, so that strategies act on the orders of today; under new rules since summer."""
    service.nothing_is_done_yet(shop)
    for days_ago in RUNS_BEFORE_NEW_RULES:
        shop.run(days_ago)
        service.half_a_year_of_calls(shop, days_ago)
    if not shop.knows("policy_lenient"):
        decisions.ten_dollars_are_no_risk(shop, NEW_RULES_DAYS_AGO)
    for days_ago in RUNS_SINCE:
        shop.run(days_ago)
        service.half_a_year_of_calls(shop, days_ago)


# ---------------------------------------------------------------------- today


def give_the_alliance_its_terms(shop):
    """Strategic customers get ten per cent off and forty-five days to pay, unless they have terms of their own."""
    shop.env["retail.strategy"]._get_for(shop.company, shop.env.ref("retail_crm.segment_strategic")).write(
        {
            "pricelist_id": shop.ref("pricelist_alliance").id,
            "payment_term_id": shop.ref("account.account_payment_term_45days").id,
        }
    )


def rain_jackets_run_short(shop):
    """Rain jackets are sold out. 王美玲 ordered hers first, the hotel needs twelve for its doormen the day
    after tomorrow, and twelve arrive tomorrow: the alliance's delivery is urgent, so the receipt fills it before
    hers."""
    waiting = shop.confirm(shop.quote("wang_meiling", {"rain_jacket": 1}), days_ago=1)
    urgent = shop.confirm(shop.quote("margaret_olsen", {"rain_jacket": 12}, commitment_date=shop.noon(-2)))
    shop.call("order_meiling", waiting)
    shop.call("order_alliance", urgent)
    receipt = shop.call(
        "receipt_rain_jackets", shop.expect("nordic_outerwear", {"rain_jacket": 12}, days_ahead=1)
    )
    receipt.action_confirm()


def business_of_today(shop):
    """A delivery ready to go, and quotations that wait for an answer."""
    shop.call("order_nora", shop.confirm(shop.quote("nora_lindqvist", {"socks": 1}, "HARB")))
    quotations = {
        "quotation_alliance": ("margaret_olsen", {"blazer": 12, "linen_shirt": 24}, "lead_new_wing"),
        "quotation_choir": ("pacific_conservatory", {"blazer": 20, "linen_shirt": 40}, "lead_choir"),
        "quotation_caterer": ("blue_heron_catering", {"linen_shirt": 10}, None),
        "quotation_chen_hao": ("chen_hao", {"blazer": 1, "linen_shirt": 2}, None),
    }
    for name, (customer, basket, lead) in quotations.items():
        order = shop.quote(customer, basket, opportunity_id=lead and shop.ref(lead).id)
        shop.call(name, order)
    shop.ref("quotation_alliance").action_quotation_sent()
