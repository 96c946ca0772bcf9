from odoo import api, models
from odoo.tools import format_amount


class RetailRuleWords(models.AbstractModel):
    """Says in the reader's language by which rule a segment was decided, and what would change it.

    Standings and counterfactuals are those of ``retail.counterfactual``.
    """

    _name = "retail.rule.words"
    _description = "Rules in words"

    @api.model
    def _say_rule(self, standing):
        """For example "Strategic: among the best 10% by value"; where a person pinned the segment, that first."""
        profile = standing.profile
        words = getattr(self, f"_say_rule_{profile.reason_code}")(standing)
        if not profile.pinned_segment_id:
            return words
        return self.env._(
            "Pinned to %(segment)s by a person; by the figures %(rule)s",
            segment=profile.pinned_segment_id.name,
            rule=words,
        )

    def _say_rule_value(self, standing):
        segment = standing.profile.computed_segment_id
        band = self._get_band(standing, segment)
        facts = {
            "segment": segment.name,
            "share": f"{100 - band.enter:g}",
            "leave": f"{band.leave:g}",
        }
        if not band.enter:
            return self.env._("%(segment)s: everybody else who ever bought", **facts)
        if standing.now["value_percentile"] < band.enter:
            return self.env._(
                "%(segment)s: stays because of the segment before, and leaves only below %(leave)s%% by value",
                **facts,
            )
        return self.env._("%(segment)s: among the best %(share)s%% by value", **facts)

    def _say_rule_inactivity(self, standing):
        circumstances, profile = standing.circumstances, standing.profile
        facts = {
            "segment": profile.computed_segment_id.name,
            "days": circumstances.policy.risk_purchase_days,
            "weeks": circumstances.horizon_weeks,
            "threshold": self._say_share(circumstances.threshold),
            "stay": self._say_share(self._get_stay(standing)),
        }
        if self._is_kept_risk(standing):
            return self.env._(
                "%(segment)s: was one before, and leaves only when less than %(stay)s likely to stay away",
                **facts,
            )
        if profile.model_rung == "rank":
            return self.env._(
                "%(segment)s: bought on at least %(days)s days, brought no less than the middle customer, and looks "
                "like staying away",
                **facts,
            )
        return self.env._(
            "%(segment)s: bought on at least %(days)s days, brought no less than the middle customer, and is at least "
            "%(threshold)s likely not to buy within %(weeks)s weeks",
            **facts,
        )

    def _say_rule_payment(self, standing):
        by_value = self.env["retail.segment"].browse(standing.by_value["computed_segment_id"])
        return self.env._(
            "%(segment)s: would be %(by_value)s by value, but pays late",
            segment=standing.profile.computed_segment_id.name,
            by_value=by_value.name,
        )

    @api.model
    def _is_kept_risk(self, standing):
        """Whether the customer is an inactivity risk only because of having been one before."""
        return standing.now["is_inactive"] and not standing.forgetful["is_inactive"]

    @api.model
    def _get_stay(self, standing):
        """The q below which a risk ends."""
        risk = standing.circumstances.policy._get_risk_band()
        return standing.circumstances.threshold - (risk.enter - risk.leave)

    @api.model
    def _get_band(self, standing, segment):
        return standing.circumstances.policy.band_ids.filtered(lambda band: band.segment_id == segment)

    @staticmethod
    def _say_share(share):
        return f"{round(share * 100)}%"

    # ------------------------------------------------------------------ what would change it

    @api.model
    def _say_lift(self, standing, counterfactual):
        """For example "Strategic with one purchase that brings $ 1,240 more (contribution)"."""
        lift = counterfactual["lift"]
        if not lift:
            return self._say_lift_obstacle(standing, counterfactual["lift_obstacle"])
        segment = self.env["retail.segment"].browse(lift["computed_segment_id"]).name
        if not lift["amount"]:
            return self.env._("%(segment)s with any purchase, however small", segment=segment)
        return self.env._(
            "%(segment)s with one purchase that brings %(amount)s more (contribution)",
            segment=segment,
            amount=self._say_amount(standing, lift["amount"]),
        )

    def _say_lift_obstacle(self, standing, obstacle):
        return {
            "outdated": self._say_outdated(),
            "highest": self.env._("already in the highest segment"),
            "payment": self._say_payment_veto(standing),
            "alone": self.env._("there is no other customer to compare with"),
            "inactivity": self.env._(
                "one purchase is not enough: the customer would still be too likely to stay away"
            ),
        }[obstacle]

    def _say_payment_veto(self, standing):
        overdue = standing.now["overdue_amount"]
        if overdue <= 0:
            return self.env._("no purchase helps while the customer counts as paying late")
        return self.env._(
            "no purchase helps while bills are open: %(amount)s overdue",
            amount=self._say_amount(standing, overdue),
        )

    @api.model
    def _say_drop(self, standing, counterfactual):
        """For example "drops to Transactional if nothing is bought until March 14, 2025"."""
        drop = counterfactual["drop"]
        if not drop:
            return self._say_drop_obstacle(standing, counterfactual["drop_obstacle"])
        segment = self.env["retail.segment"].browse(drop["computed_segment_id"])
        facts = {"segment": segment.name, "day": self.env["retail.reason"]._say_day(drop["day"])}
        if segment in standing.better_segments:
            return self.env._("moves to %(segment)s by %(day)s even if nothing is bought", **facts)
        return self.env._("drops to %(segment)s if nothing is bought until %(day)s", **facts)

    def _say_drop_obstacle(self, standing, obstacle):
        return {
            "outdated": self._say_outdated(),
            "risk": self.env._("already a risk: a longer silence changes nothing"),
            "rhythm": self.env._(
                "cannot drop: already in the lowest segment, and who bought once is no risk for being silent"
            ),
            "median": self.env._(
                "cannot drop: already in the lowest segment, and with less contribution than the middle customer no "
                "risk for being silent"
            ),
            "never": self.env._("nothing changes within three years, even if nothing is bought"),
        }[obstacle]

    def _say_outdated(self):
        return self.env._("cannot be told before the next computation: the records have changed meanwhile")

    @api.model
    def _say_pin(self, standing):
        """What the pin does to the changes told, or False without one."""
        pinned = standing.profile.pinned_segment_id
        if not pinned:
            return False
        pin = self.env["retail.explanation"]._get_pin(standing.profile)
        facts = {"segment": pinned.name}
        if not pin.date_end:
            return self.env._(
                "That is what the figures would do; the pin to %(segment)s holds until somebody removes it.",
                **facts,
            )
        return self.env._(
            "That is what the figures would do; the pin to %(segment)s holds until %(day)s.",
            day=self.env["retail.reason"]._say_day(pin.date_end),
            **facts,
        )

    def _say_amount(self, standing, amount):
        """Without the decimals of whole amounts."""
        currency = standing.profile.currency_id
        # without decimals, Odoo would take the noughts of the amount itself for trailing ones
        is_whole = currency.decimal_places and amount == round(amount)
        return format_amount(self.env, amount, currency, trailing_zeroes=not is_whole)
