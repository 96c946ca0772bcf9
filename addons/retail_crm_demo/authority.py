"""Who may grant how much, who asked for more, and what the answer was."""

# What a role may grant: percentages of list prices, amounts in the currency of the shop. Approvers have no limit.
LIMITS = {
    "staff": {
        "discount_percent": 10,
        "discount_amount": 150,
        "month_amount": 1000,
        "margin_percent": 20,
        "gift_amount": 25,
        "month_gift": 200,
        "points": 5000,
        "month_points": 50000,
        "answer_hours": 4,
    },
    "manager": {
        "discount_percent": 30,
        "discount_amount": 2000,
        "month_amount": 10000,
        "margin_percent": 5,
        "gift_amount": 250,
        "month_gift": 1000,
        "points": 50000,
        "month_points": 500000,
        "answer_hours": 4,
    },
}


def staff_and_managers_have_limits(shop):
    levels = shop.env["retail.authority"].search(
        [("company_id", "=", shop.company.id), ("user_id", "=", False)]
    )
    for level in levels.filtered(lambda level: level.role in LIMITS and not level.segment_id):
        level.write({"is_unlimited": False, **LIMITS[level.role]})


def the_caterer_gets_no_discount(shop):
    """Daniel Reyes asked for 15 %; Grace Miller refused, and the prices are what they were."""
    order = shop.ref("quotation_caterer")
    request = asks(shop, order, 15, "He says that he pays at once if the shirts are cheaper.")
    shop.as_person("manager", "retail.authority.request").browse(request.id)._answer(
        "refused", "Not before the old invoice is paid."
    )
    order.order_line.discount = 0


def emma_is_to_get_another_sweater(shop):
    """A fifth off is more than Daniel Reyes may give: the quotation waits for Grace Miller."""
    order = shop.call("quotation_emma", shop.quote("emma_clarke", {"sweater": 1, "linen_shirt": 1}))
    asks(shop, order, 20, "Her sweater lost its colour. A fifth off the new one, and she stays with us.")


def asks(shop, order, discount, reason):
    mine = shop.as_person("staff", "sale.order").browse(order.id)
    mine.order_line.discount = discount
    return shop.as_person("staff", "retail.authority.request").create(
        {"order_id": order.id, "reason": reason}
    )
