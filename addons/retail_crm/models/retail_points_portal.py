from odoo import api, models
from odoo.tools import SQL, format_amount, format_date
from odoo.tools.misc import formatLang

from ..points.exact import ZERO, to_points


class RetailPointsPortal(models.AbstractModel):
    """What a customer is told of a wallet, in the customer's language: words and amounts that are ready to show.

    Wallets are given as superuser; who may see which one is decided by the page. Documents are named only if the reader
    may open them: in a shared wallet others' purchases are just purchases.
    """

    _name = "retail.points.portal"
    _description = "Points as customers see them"

    # ------------------------------------------------------------------ what the customer has

    @api.model
    def _get_summary(self, wallet):
        """What can be used now, what comes, what goes, and the tier (5 queries)."""
        wallet = wallet.with_env(self.env(su=True))
        return {
            "program": wallet.program_id.name,
            "company": wallet.company_id.name or "",
            "is_blocked": wallet.is_blocked,
            "available": self._say_points(wallet, self._get_usable(wallet)),
            **self._get_debt(wallet),
            "reserved": self._say_reserved(wallet),
            "pending": self._get_pending(wallet),
            "expiring": self._get_expiring(wallet),
            "tier": self._get_tier(wallet),
        }

    def _get_usable(self, wallet):
        """What is over at midnight cannot be used any more, though it is booked out some time later."""
        return max(to_points(wallet.available) - to_points(wallet.past), ZERO)

    def _say_reserved(self, wallet):
        reserved = sum(map(to_points, (wallet.held or {}).values()), ZERO)
        if not reserved:
            return ""
        return self.env._(
            "%(points)s of them are kept for your open quotations", points=self._say_points(wallet, reserved)
        )

    def _get_debt(self, wallet):
        """Empty words without a debt."""
        if not wallet.debt:
            return {"debt": "", "debt_in_short": ""}
        points = self._say_points(wallet, wallet.debt)
        return {
            "debt": self.env._(
                "%(points)s were used for rewards before the purchases that had earned them came back. Your next"
                " points settle this by themselves; there is nothing you have to do or pay.",
                points=points,
            ),
            "debt_in_short": self.env._("%(points)s to settle with your next points", points=points),
        }

    def _get_pending(self, wallet):
        """Pending points by the day on which they are released, the nearest first."""
        rows = (
            self.env["retail.points.lot"]
            .sudo()
            ._read_group(
                [("wallet_id", "=", wallet.id), ("is_pending", "=", True), ("remaining", ">", 0)],
                ["release_on:day"],
                ["remaining:sum"],
            )
        )
        return [
            {
                "points": self._say_points(wallet, points),
                "when": self.env._("from %(day)s", day=self._say_day(day)) if day else "",
            }
            for day, points in rows
        ]

    def _get_expiring(self, wallet):
        """Points by the last day on which they can be used, the nearest first."""
        return [
            {
                "points": self._say_points(wallet, points),
                "when": self.env._("until %(day)s", day=self._say_day(day)),
            }
            for day, points in self.env["retail.points.last.day"]._get_last_days(wallet)
        ]

    # ------------------------------------------------------------------ where the customer stands

    def _get_tier(self, wallet):
        """The tier, the way to the next one and what is left of the benefits; empty without either tier."""
        standing = wallet._get_tier_summary().get(wallet.id, {})
        if not (standing.get("tier") or standing.get("next_tier")):
            return {}
        return {
            "name": standing["tier"] or "",
            "color": standing["color"] or standing["next_color"],
            "emblem": standing["emblem"] or "",
            "since": self._say_since(standing),
            "kept": self._say_kept(standing),
            "in_grace": standing["in_grace"],
            "keep": self._say_missing_to_keep(wallet, standing),
            "next": self.env._("On the way to %(tier)s", tier=standing["next_tier"] or ""),
            "next_color": standing["next_color"] or "",
            "next_emblem": standing["next_emblem"] or "",
            "missing": standing["missing_text"],
            "percent": int(standing["progress"] * 100),
            "benefits": self._get_benefits(standing),
        }

    def _say_since(self, standing):
        if not standing["since"]:
            return ""
        return self.env._("since %(day)s", day=self._say_day(standing["since"]))

    def _say_kept(self, standing):
        """Until when, empty for good."""
        if standing["in_grace"]:
            return self.env._("kept for you until %(day)s", day=self._say_day(standing["grace_until"]))
        if standing["kept_until"]:
            return self.env._("yours until %(day)s", day=self._say_day(standing["kept_until"]))
        return ""

    def _say_missing_to_keep(self, wallet, standing):
        """Empty for who has enough already, and for tiers that are kept for good."""
        if not (standing["keep_missing"] and standing["kept_until"]):
            return ""
        tier = self.env["retail.tier"].sudo().browse(standing["tier_id"])
        amount = (
            format_amount(self.env, standing["keep_missing"], tier.currency_id)
            if tier.qualification == "spend"
            else self._say_points(wallet, standing["keep_missing"])
        )
        return self.env._("%(amount)s more to keep it", amount=amount)

    def _get_benefits(self, standing):
        """The multiplier is told first, unless the shop tells of it in its own words."""
        benefits = standing["benefits"]
        told = [{"name": benefit["name"], "left": self._say_left(benefit)} for benefit in benefits]
        multiplier = standing["multiplier"]
        if multiplier <= 1 or any(benefit["kind"] == "multiplier" for benefit in benefits):
            return told
        return [
            {"name": self.env._("%(factor)s times the points", factor=f"{multiplier:g}"), "left": ""},
            *told,
        ]

    def _say_left(self, benefit):
        """Empty where nobody counts."""
        if benefit["left"] is None:
            return ""
        if not benefit["left"]:
            return self.env._("Used up")
        if not benefit["period_end"]:
            return self.env._("%(number)s left", number=benefit["left"])
        return self.env._(
            "%(number)s left until %(day)s", number=benefit["left"], day=self._say_day(benefit["period_end"])
        )

    # ------------------------------------------------------------------ words

    def _say_day(self, day):
        return format_date(self.env, day, date_format="medium") if day else ""

    @api.model
    def _say_points(self, wallet, points, sign=""):
        """``points`` with the name the program gives them, or as money where that is the currency's sign."""
        program = wallet.program_id
        if program.currency_id and program.portal_point_name == program.currency_id.symbol:
            return sign + format_amount(self.env, float(points), program.currency_id)
        points = to_points(points)
        number = formatLang(self.env, float(points), digits=0 if points == int(points) else 2)
        return f"{sign}{number} {program.portal_point_name or ''}".strip()

    # ------------------------------------------------------------------ what happened

    @api.model
    def _count_events(self, wallet):
        """How many events there are to tell (1 query)."""
        return self.env.execute_query(SQL("SELECT count(*) FROM (%s) event", self._sql_events(wallet)))[0][0]

    @api.model
    def _get_events(self, wallet, limit, offset=0):
        """Events of the wallet, the last one first, each with the balance after it (3 queries)."""
        wallet = wallet.with_env(self.env(su=True))
        rows = self.env.execute_query_dict(
            SQL("%s ORDER BY id DESC LIMIT %s OFFSET %s", self._sql_events(wallet), limit, offset)
        )
        documents = self._get_documents({(row["document_model"], row["document_id"]) for row in rows})
        return [self._say_event(wallet, row, documents) for row in rows]

    def _sql_events(self, wallet) -> SQL:
        """One row for each event. The balance is what can be used, as on top of the page."""
        return SQL(
            """SELECT min(move.id) AS id, min(move.kind) AS kind, sum(move.amount) AS amount,
                      sum(move.available_amount) AS available_amount,
                      (min(move.moment) AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day,
                      COALESCE(min(move.document_model), min(lot.document_model)) AS document_model,
                      COALESCE(min(move.document_id), min(lot.document_id)) AS document_id,
                      max(lot.release_on) AS release_on,
                      sum(sum(move.available_amount)) OVER (ORDER BY min(move.id)) AS balance
                 FROM retail_points_move move LEFT JOIN retail_points_lot lot ON lot.id = move.lot_id
                WHERE move.wallet_id = %(wallet)s
                GROUP BY move.source_key
               -- paying a debt from new points changes neither what the customer has nor what can be used
               HAVING sum(move.amount) <> 0 OR sum(move.available_amount) <> 0""",
            wallet=wallet.id,
            zone=self._get_company(wallet).retail_tz,
        )

    def _get_company(self, wallet):
        return (wallet.company_id or self.env.company).sudo()

    def _say_event(self, wallet, row, documents):
        """``is_pending`` marks what does not change what can be used."""
        amount, available = to_points(row["amount"]), to_points(row["available_amount"])
        is_pending = not available
        change = amount if is_pending else available
        document = documents.get((row["document_model"], row["document_id"]), {})
        is_promise = is_pending and change > 0 and row["release_on"]
        return {
            "words": self._say_kind(row["kind"], change),
            "document": document.get("name", ""),
            "url": document.get("url", ""),
            "day": self._say_day(row["day"]),
            "change": self._say_points(wallet, abs(change), "+" if change > 0 else "−"),
            "is_gain": change > 0,
            "is_pending": is_pending,
            "release": self._say_release(row) if is_promise else "",
            "balance": self._say_balance(wallet, row["balance"]),
        }

    def _say_release(self, row):
        return self.env._("can be used from %(day)s", day=self._say_day(row["release_on"]))

    def _say_balance(self, wallet, balance):
        points = self._say_points(wallet, abs(balance), "−" if balance < 0 else "")
        return self.env._("Balance %(points)s", points=points)

    def _say_kind(self, kind, change):
        """The reasons that staff write stay inside."""
        words = {
            "opening": self.env._("What you had before"),
            "earn": self.env._("Purchase"),
            "release": self.env._("Can be used now"),
            "redeem": self.env._("Reward used"),
            "expire": self.env._("Expired"),
            "adjust": self.env._("Changed by the shop"),
            "merge": self.env._("Moved here from another card"),
        }
        if kind == "reverse":
            return self.env._("Given back") if change > 0 else self.env._("Returned or cancelled")
        return words.get(kind) or self.env._("Change")

    # ------------------------------------------------------------------ documents that the reader may open

    @api.model
    def _get_documents(self, keys):
        """``{(model, id): {"name", "url"}}`` of the documents ``keys`` that the reader may open.

        A glue addon that books points of other documents adds them here.
        """
        orders = self.env["sale.order"].browse(document for model, document in keys if model == "sale.order")
        visible = orders.sudo(False).exists()._filtered_access("read")
        return {(order._name, order.id): {"name": order.name, "url": order.access_url} for order in visible}
