from odoo import api, fields, models


class RetailExplanation(models.AbstractModel):
    """Why a customer is in the segment: the facts behind the decision, as data and in the reader's words.

    The figures are those of the profile's run, the thresholds those of the policy that it followed. The single facts
    stand in retail_explanation_facts.py.
    """

    _name = "retail.explanation"
    _description = "Explanation of a segment"

    @api.model
    def _get(self, profile):
        """Everything about ``profile``, which the reader may read; ready for JSON (some 15 queries).

        A profile that no run has scored has neither facts nor counterfactual.
        """
        standing = self.env["retail.counterfactual"]._get_standing(profile) if profile.run_id else None
        return {
            **self._get_subject(profile),
            "segments": self._get_segments(profile),
            "reason": profile.reason or "",
            "rule": self.env["retail.rule.words"]._say_rule(standing) if standing else "",
            "facts": self._get_facts(standing) if standing else [],
            "counterfactual": self._get_counterfactual(standing) if standing else None,
            "history": self._get_history(profile) if standing else None,
        }

    def _get_subject(self, profile):
        """Who is explained, for which day, and under which rules."""
        run = profile.run_id.sudo()
        policy = run.policy_id
        return {
            "profile_id": profile.id,
            # as the form names customers of other branches too
            "customer": {"id": profile.partner_id.id, "name": profile.partner_id.sudo().display_name},
            "company": {"id": profile.company_id.id, "name": profile.company_id.sudo().name},
            "currency": {"id": profile.currency_id.id, "name": profile.currency_id.name},
            "as_of": fields.Date.to_string(profile.as_of),
            "policy": {"id": policy.id, "name": policy.name, "version": policy.version} if policy else None,
            "run": {"id": run.id, "customers": run.customer_count, "model_rung": run.model_rung}
            if run
            else None,
        }

    def _get_segments(self, profile):
        """In effect, by the figures, pinned, and by the figures before."""
        return {
            "effective": self._get_segment(profile.segment_id),
            "computed": self._get_segment(profile.computed_segment_id),
            "pinned": self._get_segment(profile.pinned_segment_id),
            "previous": self._get_segment(profile.previous_segment_id),
        }

    @staticmethod
    def _get_segment(segment):
        if not segment:
            return None
        return {"id": segment.id, "code": segment.code, "name": segment.name, "color": segment.color}

    # ------------------------------------------------------------------ what would change it

    @api.model
    def _get_counterfactual(self, standing):
        """What lifts and what drops the customer by the figures, and in words; why not, where nothing does.

        ``lift.amount`` is the contribution of one purchase on the day of the figures, ``drop.day`` the first day on
        which the segment differs when nothing is bought until then; both say value, percentile and risk then, and the
        ``cause`` of the new segment.
        """
        Words = self.env["retail.rule.words"]
        counterfactual = self.env["retail.counterfactual"]._get(standing)
        lift, drop = counterfactual["lift"], counterfactual["drop"]
        return {
            "lift": lift
            and self._get_change(standing, lift)
            | {"amount": lift["amount"], "any_purchase": not lift["amount"]},
            "lift_obstacle": counterfactual["lift_obstacle"],
            "lift_text": Words._say_lift(standing, counterfactual),
            "drop": drop and self._get_change(standing, drop) | {"day": fields.Date.to_string(drop["day"])},
            "drop_obstacle": counterfactual["drop_obstacle"],
            "drop_text": Words._say_drop(standing, counterfactual),
            "pin_text": Words._say_pin(standing),
        }

    def _get_change(self, standing, row):
        segment = self.env["retail.segment"].browse(row["computed_segment_id"])
        return {
            "segment": self._get_segment(segment),
            "cause": self.env["retail.counterfactual"]._get_cause(standing, row),
            "value": row["value"],
            "value_percentile": row["value_percentile"],
            "inactivity_risk": row["inactivity_risk"],
        }

    # ------------------------------------------------------------------ what happened

    def _get_history(self, profile):
        """What charts show: the value at ends of months (None for who may not read contributions, see the customer
        card), what was bought in each month, and every day with a purchase or return, up to the day of the figures."""
        Card = self.env["retail.customer.card"]
        days = Card._get_days(profile.partner_id, profile.company_id)
        known = [row for row in days if row["day"] <= profile.as_of and row["known_on"] <= profile.as_of]
        return {
            "trend": self._to_json(Card._get_trend(profile, days)),
            "months": self._to_json(Card._get_months(profile, days)),
            "purchases": self._to_json(
                [{"day": row["day"], "amount": row["bought"]} for row in known if row["is_purchase"]]
            ),
            "returns": self._to_json(
                [{"day": row["known_on"], "amount": row["returned"]} for row in known if row["returned"]]
            ),
        }

    @staticmethod
    def _to_json(rows):
        """The rows with their days as text."""
        return rows and [
            {
                name: fields.Date.to_string(value) if name in ("day", "month") else value
                for name, value in row.items()
            }
            for row in rows
        ]
