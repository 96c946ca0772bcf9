from odoo import api, fields, models
from odoo.tools import formatLang

# stores that the report names; the list behind it has all
STORE_LIMIT = 12
EFFECTS = ("revenue", "price_effect", "discount_effect", "points_effect", "total_effect")


class RetailTrial(models.Model):
    """What a trial has found, as the screen shows it, and whether that is what the policy asked for beforehand."""

    _inherit = "retail.trial"

    verdict = fields.Selection(
        [("met", "All met"), ("missed", "Missed"), ("unmeasured", "Not all measured")],
        string="Set beforehand",
        compute="_compute_verdict",
        help="Whether the policy on trial reaches what was set beforehand. Empty until the trial is done.",
    )

    @api.depends("state")
    def _compute_verdict(self):
        for trial in self:
            trial.verdict = trial._get_verdict() if trial.state == "done" else False

    def _get_verdict(self):
        are_met = [verdict["is_met"] for verdict in self._get_verdicts()]
        if False in are_met:
            return "missed"
        return "unmeasured" if None in are_met else "met"

    def action_open(self):
        """Open the trial from a list inside another form."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    @api.readonly
    def get_report(self):
        """Everything the report shows; some 10 queries whatever the number of customers.

        Shares are 0-1, money in the company's currency. ``active`` is the policy compared with, ``draft`` the one on
        trial.

        :return: dict of the blocks, each described at the method that makes it; None until the trial is done
        :raise AccessError: the user may not read trials
        """
        self.ensure_one()
        self.check_access("read")
        if self.state != "done":
            return None
        months = self.env["retail.trial.month"].search_read(
            [("trial_id", "=", self.id)],
            ["day", "side", "segment_id", "customers", "known", "changed", "flipped", "has_followed"]
            + ["next_contribution", "silent"],
            load=False,
        )
        return {
            "trial_id": self.id,
            "currency_id": self.currency_id.id,
            "segments": self._get_segments(),
            "customer_count": self.customer_count,
            "moved_count": self.moved_count,
            "months": self.months,
            "verdicts": self._get_verdicts(),
            "days": sorted({month["day"] for month in months}),
            "sizes": self._get_sizes(months),
            "stability": self._get_monthly_stability(months),
            "stability_means": self._get_mean_stability(),
            "stability_limits": self._get_stability_limits(),
            "moves": self._get_moves(),
            "followed": self._get_followed(months),
            "effects": self._get_effects(),
            "backtest": self._get_backtest_figures(),
        }

    def _get_segments(self):
        """The segments of both policies, the best first."""
        bands = (self.policy_id | self.baseline_policy_id).sudo().band_ids
        return [
            {"id": segment.id, "name": segment.name, "color": segment.color}
            for segment in bands.segment_id.sorted()
        ]

    @staticmethod
    def _get_sizes(months):
        """``{side: {segment: {day: customers}}}``"""
        sizes = {"active": {}, "draft": {}}
        for month in months:
            sizes[month["side"]].setdefault(month["segment_id"], {})[str(month["day"])] = month["customers"]
        return sizes

    @staticmethod
    def _get_monthly_stability(months):
        """Per side and day the shares of customers who changed segment, and who came back to the one left before."""
        sums = {}
        for month in months:
            total = sums.setdefault(
                (month["side"], str(month["day"])), {"known": 0, "changed": 0, "flipped": 0}
            )
            for name in total:
                total[name] += month[name]
        stability = {"active": {}, "draft": {}}
        for (side, day), total in sums.items():
            if total["known"]:
                stability[side][day] = {
                    "change": total["changed"] / total["known"],
                    "flip": total["flipped"] / total["known"],
                }
        return stability

    def _get_mean_stability(self):
        """``{side: {"change", "flip"}}``, means of the months."""
        return {
            "active": {"change": self.baseline_change_share, "flip": self.baseline_flip_share},
            "draft": {"change": self.change_share, "flip": self.flip_share},
        }

    def _get_stability_limits(self):
        """The most that was to be accepted, as shares."""
        policy = self.policy_id
        return {"change": policy.accept_change_share / 100, "flip": policy.accept_flip_share / 100}

    def _get_moves(self):
        """From the segment of the active policy to that on trial on the last day: ``from_id, to_id, customers, value``
        (1 query); those who stay are among them."""
        groups = self.env["retail.trial.customer"]._read_group(
            [("trial_id", "=", self.id)],
            ["active_segment_id", "draft_segment_id"],
            ["__count", "draft_value:sum"],
        )
        return [
            {"from_id": origin.id, "to_id": target.id, "customers": count, "value": value}
            for origin, target, count, value in groups
        ]

    def _get_followed(self, months):
        """Per side and segment what its customers did within the horizon after each day for which that is known.

        ``share`` of all contribution that followed, ``silent`` share of the segment without a purchase, and
        ``size``, its share of the customers: means over these days. ``weeks`` is each side's horizon and ``days``
        the number of days.
        """
        followed, days = {}, {}
        for side in ("active", "draft"):
            known = [month for month in months if month["side"] == side and month["has_followed"]]
            days[side] = len({month["day"] for month in known})
            contribution = sum(month["next_contribution"] for month in known)
            customers = sum(month["customers"] for month in known)
            followed[side] = {
                segment: self._sum_followed(
                    [month for month in known if month["segment_id"] == segment], contribution, customers
                )
                for segment in {month["segment_id"] for month in known}
            }
        return {
            **followed,
            "weeks": {side: self.sudo()._get_horizon(side) for side in ("active", "draft")},
            "days": days,
        }

    @staticmethod
    def _sum_followed(months, contribution, customers):
        own = sum(month["customers"] for month in months)
        return {
            "share": sum(month["next_contribution"] for month in months) / contribution
            if contribution
            else None,
            "silent": sum(month["silent"] for month in months) / own if own else None,
            "size": own / customers if customers else None,
        }

    def _get_effects(self):
        """Estimated effects in money over the whole time: ``total``, by ``segments``, by ``stores`` (2 queries)."""
        Effect = self.env["retail.trial.effect"]
        domain = [("trial_id", "=", self.id)]
        sums = [f"{name}:sum" for name in EFFECTS]
        by_segment = [
            {"id": segment.id, **dict(zip(EFFECTS, values, strict=True))}
            for segment, *values in Effect._read_group(domain, ["segment_id"], sums)
        ]
        by_store = [
            {"id": store.id, "name": store.name or "", **dict(zip(EFFECTS, values, strict=True))}
            for store, *values in Effect._read_group(domain, ["store_id"], sums)
        ]
        by_store.sort(key=lambda row: -abs(row["total_effect"]))
        total = {name: sum(row[name] for row in by_segment) for name in EFFECTS}
        return {"total": total, "segments": by_segment, "stores": by_store[:STORE_LIMIT]}

    def _get_backtest_figures(self):
        """Figures per side, None where history was too short for a back-test."""
        return {side: (self.backtest or {}).get(side) for side in ("active", "draft")}

    # ------------------------------------------------------------------ verdicts

    def _get_verdicts(self):
        """What the policy asked for beforehand beside what was measured, in the order of importance.

        :return: list of dicts ``code, label, measured, limit, is_met, text``; ``measured`` and ``limit`` in words,
            ``is_met`` None where it could not be measured
        """
        policy = self.policy_id
        verdicts = [
            self._judge_share(
                "changes", self.env._("Customers who change segment in a month"), "change_share"
            ),
            self._judge_share("flips", self.env._("Customers who move back at once"), "flip_share"),
            self._judge_gini(),
        ]
        if policy.accept_moved_share:
            verdicts.append(self._judge_moved())
        return verdicts

    def _judge_share(self, code, label, name):
        measured, limit = self[name], self.policy_id[f"accept_{name}"] / 100
        return self._say_verdict(
            code,
            label,
            self._say_percent(measured),
            self.env._("at most %(limit)s", limit=self._say_percent(limit)),
            measured <= limit,
            self.env._("%(share)s by today's policy", share=self._say_percent(self[f"baseline_{name}"])),
        )

    def _judge_gini(self):
        label = self.env._("How well value sorts the customers")
        loss = self.policy_id.accept_gini_loss
        figures = self._get_backtest_figures()
        if not (figures["draft"] and figures["active"]):
            text = self.env._("The history is too short to compare with what customers then did.")
            return self._say_verdict("gini", label, self.env._("not measured"), "", None, text)
        measured, baseline = (figures[side]["gini_value"] for side in ("draft", "active"))
        return self._say_verdict(
            "gini",
            label,
            self._say_percent(measured),
            self.env._("at least %(limit)s", limit=self._say_percent(baseline - loss)),
            measured >= baseline - loss,
            self.env._("%(share)s by today's policy", share=self._say_percent(baseline)),
        )

    def _judge_moved(self):
        share = self.moved_count / self.customer_count if self.customer_count else 0.0
        limit = self.policy_id.accept_moved_share / 100
        return self._say_verdict(
            "moved",
            self.env._("Customers who would be in another segment"),
            self._say_percent(share),
            self.env._("at most %(limit)s", limit=self._say_percent(limit)),
            share <= limit,
            self.env._("%(count)s customers", count=self._say_number(self.moved_count)),
        )

    @staticmethod
    def _say_verdict(code, label, measured, limit, is_met, text):
        return {
            "code": code,
            "label": label,
            "measured": measured,
            "limit": limit,
            "is_met": is_met,
            "text": text,
        }

    def _say_percent(self, share):
        return self.env._("%(share)s%%", share=self._say_number(share * 100))

    def _say_number(self, number):
        """In the reader's digits and marks, with at most two decimals."""
        decimals = next(
            digits for digits in (0, 1, 2) if digits == 2 or round(number, digits) == round(number, 2)
        )
        return formatLang(self.env, number, digits=decimals)
