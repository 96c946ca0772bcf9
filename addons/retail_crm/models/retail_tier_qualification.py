import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .retail_tier import MEASURED

_logger = logging.getLogger(__name__)

# wallets looked at in one transaction
CHUNK = 20_000


class RetailTierQualification(models.AbstractModel):
    """The nightly engine: who comes into a tier, stays in it and loses it.

    A day is looked at as a whole: what a customer has reached when it is over counts. So a night takes the last day
    looked at once more, now that it is over, then every day since, up to today. Nothing that is done is due again:
    run twice, killed half-way or with the clock set back, nothing happens twice.
    """

    _name = "retail.tier.qualification"
    _inherit = "retail.job"
    _description = "Computation of the tiers"
    _lock_space = 7_284_104

    def _say_busy(self, program):
        return self.env._(
            "The tiers of %(program)s are being computed right now. Wait a moment.", program=program.name
        )

    @api.model
    def _cron_qualify(self):
        """All programs that have tiers; what goes wrong in one stops no other."""
        # archived tiers too, whose members move on
        tiers = (
            self.env["retail.tier"].with_context(active_test=False).search([("program_id.active", "=", True)])
        )
        programs = tiers.program_id
        self.env["ir.cron"]._commit_progress(remaining=len(programs))
        for program in programs:
            try:
                with self._locked(program):
                    self._look_at_days(program)
            except UserError as error:
                _logger.info("tiers of program %s: %s", program.id, error)
            except Exception:  # the next night goes on from the last day that was finished
                _logger.exception("tiers of program %s", program.id)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _look_at_days(self, program):
        """Look at each day that is due, in transactions of their own."""
        today = program._get_tier_today()
        first = program.retail_tier_day or today
        for days in range((today - first).days + 1):
            day = fields.Date.add(first, days=days)
            count = self._evaluate(program, day, commit=self._commit)
            self._retrying(lambda day=day: program.write({"retail_tier_day": day}))
            self._commit()
            _logger.info("tiers of program %s on %s: %s changes", program.id, day, count)

    @api.model
    def _evaluate(self, program, day, wallets=None, commit=None):
        """Let the wallets of ``program`` have the tiers that ``day`` brings them; returns how many changed.

        2 statements for each ``CHUNK`` of wallets and 2 more.

        :param wallets: these only, and in the transaction of the caller
        :param commit: called after each step, which is retried when another transaction was in the way
        """
        self._retrying_step(lambda: self._store_figures(program, day, wallets), commit)
        if commit:
            self._analyze(commit)
        count = self._change_all(program, day, wallets, commit)
        self._retrying_step(lambda: self._store_next(program, wallets), commit)
        self.env.invalidate_all(flush=False)
        return count

    def _analyze(self, commit):
        """Let the planner know rows that came all at once: taken for none, they are joined by nested loops."""
        for table in ("retail_tier_standing", "retail_tier_membership"):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
            commit()

    def _change_all(self, program, day, wallets, commit):
        count, bounds = 0, (0, 0)
        while bounds := self._find_chunk(program, wallets, bounds[1]):
            count += self._retrying_step(
                lambda bounds=bounds: self._apply_changes(program, day, wallets, bounds), commit
            )
        return count

    def _find_chunk(self, program, wallets, after):
        """First and last id of the next wallets after that one; None when all were looked at."""
        first, last = self.env.execute_query(
            SQL(
                """SELECT min(wallet_id), max(wallet_id)
                     FROM (SELECT wallet_id FROM retail_tier_standing standing
                            WHERE program_id = %s AND wallet_id > %s AND %s ORDER BY wallet_id LIMIT %s) chunk""",
                program.id,
                after,
                self._sql_chosen(SQL("wallet_id"), wallets),
                CHUNK,
            )
        )[0]
        return first and (first, last)

    def _retrying_step(self, step, commit):
        """In a job each step is retried and committed; for a person the server does both."""
        if not commit:
            return step()
        result = self._retrying(step)
        commit()
        return result

    # ------------------------------------------------------------------ steps

    def _store_figures(self, program, day, wallets):
        """What everybody has come to; only rows that differ are written (1 statement)."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """WITH figure AS MATERIALIZED (%(figures)s),
                   changed AS (
                       UPDATE retail_tier_standing standing
                          SET figures = figure.figures, reached_tier_id = figure.reached_tier_id
                         FROM figure
                        WHERE standing.wallet_id = figure.wallet_id
                          AND (standing.figures, standing.reached_tier_id)
                              IS DISTINCT FROM (figure.figures, figure.reached_tier_id))
                   INSERT INTO retail_tier_standing (wallet_id, program_id, figures, reached_tier_id)
                   SELECT wallet_id, %(program)s, figures, reached_tier_id FROM figure
                    WHERE NOT EXISTS (SELECT FROM retail_tier_standing standing
                                       WHERE standing.wallet_id = figure.wallet_id)""",
                figures=self.env["retail.tier.figures"]._sql_figures(program, day, wallets),
                program=program.id,
            )
        )

    def _apply_changes(self, program, day, wallets, bounds):
        """Close and open memberships of the wallets within ``bounds`` that the day changes (1 statement)."""
        rows = self.env.execute_query(
            SQL(
                """WITH change AS MATERIALIZED (%(changes)s),
                   closed AS (
                       UPDATE retail_tier_membership membership
                          SET until = %(day)s, ending = change.ending, write_uid = %(user)s, write_date = %(moment)s
                         FROM change WHERE membership.id = change.current_id RETURNING membership.id),
                   opened AS (
                       INSERT INTO retail_tier_membership (
                              wallet_id, tier_id, from_tier_id, since, stay_since, kept_until, grace_until, how, figure,
                              benefit_count, create_uid, create_date, write_uid, write_date)
                       SELECT change.wallet_id, change.tier_id, change.current_tier_id, %(day)s,
                              CASE WHEN change.how = 'requalified' THEN change.stay_since ELSE %(day)s END,
                              change.kept_until, change.kept_until + change.grace_days, change.how, change.figure,
                              0, %(user)s, %(moment)s, %(user)s, %(moment)s
                         -- the join makes the old stay end first, for a wallet has one
                         FROM change LEFT JOIN closed ON closed.id = change.current_id
                        WHERE change.tier_id IS NOT NULL AND (change.current_id IS NULL OR closed.id IS NOT NULL)),
                   shown AS (
                       UPDATE retail_points_wallet wallet SET tier_id = change.tier_id
                         FROM change
                        WHERE wallet.id = change.wallet_id AND wallet.tier_id IS DISTINCT FROM change.tier_id)
                   SELECT count(*) FROM change""",
                changes=self._sql_changes(program, day, wallets, bounds),
                day=day,
                user=self.env.uid,
                moment=SQL("now() AT TIME ZONE 'UTC'"),
            )
        )
        return rows[0][0]

    def _store_next(self, program, wallets):
        """The tier that comes next for everybody, and what is missing (1 statement)."""
        self.env.cr.execute(
            SQL(
                """WITH ladder AS (%(ladder)s)
                   UPDATE retail_tier_standing standing
                      SET membership_id = fresh.membership_id, next_tier_id = fresh.next_tier_id,
                          missing = fresh.missing, next_share = fresh.share
                     FROM (SELECT standing.id, current.id AS membership_id,
                                  next.id AS next_tier_id, next.missing, next.share
                             FROM retail_tier_standing standing
                             LEFT JOIN retail_tier_membership current
                               ON current.wallet_id = standing.wallet_id AND current.until IS NULL
                             LEFT JOIN ladder ON ladder.id = current.tier_id
                             LEFT JOIN LATERAL (%(next)s) next ON TRUE
                            WHERE standing.program_id = %(program)s AND %(chosen)s) fresh
                    WHERE fresh.id = standing.id
                      AND (standing.membership_id, standing.next_tier_id, standing.missing, standing.next_share)
                          IS DISTINCT FROM (fresh.membership_id, fresh.next_tier_id, fresh.missing, fresh.share)""",
                ladder=self._sql_ladder(program),
                next=self._sql_next(SQL("standing.figures"), SQL("ladder.place")),
                program=program.id,
                chosen=self._sql_chosen(SQL("standing.wallet_id"), wallets),
            )
        )

    # ------------------------------------------------------------------ SQL

    @staticmethod
    def _sql_chosen(wallet_id, wallets) -> SQL:
        return SQL("TRUE") if wallets is None else SQL("%s = ANY(%s)", wallet_id, wallets.ids)

    def _sql_ladder(self, program, day=None) -> SQL:
        """The tiers from the lowest place up, archived ones too, and what qualifying for one on ``day`` means."""
        day = day or program._get_tier_today()
        tiers = program.with_context(active_test=False).retail_tier_ids
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s::numeric, %s::date, %s, %s)",
                tier.id,
                place,
                tier.active,
                tier.qualification != "invitation",
                tier.qualification in MEASURED,
                tier._get_threshold(),
                tier._get_valid_until(day),
                tier.grace_days,
                tier.validity != "days",
            )
            for place, tier in enumerate(tiers.sorted(lambda tier: (tier.sequence, tier.id)), 1)
        ]
        return SQL(
            """SELECT * FROM (VALUES %s) ladder (id, place, is_active, is_reachable, is_measured, threshold,
                                                 valid_until, grace_days, is_calendar)""",
            SQL(", ").join(rows),
        )

    def _sql_next(self, figures, place) -> SQL:
        """The lowest tier above ``place`` that figures lead to and do not reach yet, with what is missing."""
        return SQL(
            """SELECT above.id, above.threshold - reached.figure AS missing,
                      ROUND(reached.figure / above.threshold, 4) AS share
                 FROM ladder above
                CROSS JOIN LATERAL (SELECT COALESCE((%(figures)s ->> above.id::text)::numeric, 0) AS figure) reached
                WHERE above.is_active AND above.is_measured AND above.place > COALESCE(%(place)s, 0)
                  AND above.threshold > reached.figure
                ORDER BY above.place LIMIT 1""",
            figures=figures,
            place=place,
        )

    def _sql_changes(self, program, day, wallets, bounds) -> SQL:
        """``wallet_id, current_id, ending, tier_id, how, kept_until`` of the wallets that ``day`` changes.

        Better tiers are given at once. Who still reaches the tier keeps it for another time: on the last day, or as
        soon as a new year or quarter says so. After the days of grace, who does not reach it goes down, though never
        below a tier that was promised for longer. Stays that began later than ``day`` are left alone.
        """
        return SQL(
            """WITH ladder AS (%(ladder)s)
               SELECT standing.wallet_id, current.id AS current_id, current.tier_id AS current_tier_id,
                      current.stay_since, target.id AS tier_id, target.grace_days,
                      CASE decided.verdict WHEN 'up' THEN 'upgraded' WHEN 'again' THEN 'requalified'
                           ELSE CASE WHEN target.id IS NULL THEN 'left' ELSE 'downgraded' END END AS ending,
                      CASE WHEN promise.how = 'invited' AND target.place > COALESCE(reached.place, 0)
                                AND target.place = promise.place THEN 'invited'
                           WHEN decided.verdict = 'again' THEN 'requalified'
                           WHEN decided.verdict = 'down' THEN 'downgraded' ELSE 'qualified' END AS how,
                      CASE WHEN promise.place = target.place AND promise.kept_until IS NULL THEN NULL
                           ELSE GREATEST(CASE WHEN target.place IN (reached.place, step.place)
                                              THEN target.valid_until END,
                                         CASE WHEN target.place = promise.place THEN promise.kept_until END)
                           END AS kept_until,
                      (standing.figures ->> target.id::text)::numeric AS figure
                 FROM retail_tier_standing standing
                 JOIN retail_points_wallet wallet ON wallet.id = standing.wallet_id AND wallet.active
                 LEFT JOIN retail_tier_membership current
                   ON current.wallet_id = standing.wallet_id AND current.until IS NULL
                  -- the bounds stand on both sides, so that no statement reads more than its chunk
                  AND current.wallet_id BETWEEN %(first)s AND %(last)s
                 LEFT JOIN ladder held ON held.id = current.tier_id
                 LEFT JOIN ladder reached ON reached.id = standing.reached_tier_id AND reached.is_active
                CROSS JOIN LATERAL (%(verdict)s) decided
                 LEFT JOIN LATERAL (%(promise)s) promise ON decided.verdict IN ('in', 'down')
                 LEFT JOIN ladder step ON decided.verdict = 'down' AND %(is_stepwise)s AND step.place = (
                           SELECT max(lower.place) FROM ladder lower
                            WHERE lower.place < held.place AND lower.is_active AND lower.is_reachable)
                 LEFT JOIN ladder target ON target.place = GREATEST(reached.place, promise.place, step.place)
                WHERE standing.program_id = %(program)s AND %(chosen)s
                  AND standing.wallet_id BETWEEN %(first)s AND %(last)s
                  AND decided.verdict IS NOT NULL AND (decided.verdict = 'down' OR target.id IS NOT NULL)
                  AND NOT EXISTS (SELECT FROM retail_tier_membership later
                                   WHERE later.wallet_id = standing.wallet_id
                                     AND GREATEST(later.since, later.until) > %(day)s)""",
            ladder=self._sql_ladder(program, day),
            verdict=self._sql_verdict(day),
            promise=self._sql_promise(day),
            is_stepwise=program.retail_tier_downgrade == "step",
            program=program.id,
            chosen=self._sql_chosen(SQL("standing.wallet_id"), wallets),
            day=day,
            first=bounds[0],
            last=bounds[1],
        )

    @staticmethod
    def _sql_verdict(day) -> SQL:
        """What ``day`` means for the stay ``current`` in the tier ``held``: NULL when it goes on as it is.

        ``in`` is asked of everybody without a tier, and comes to nothing where none is reached or promised.
        """
        return SQL(
            """SELECT CASE
                   WHEN current.id IS NULL THEN 'in'
                   WHEN reached.place > held.place THEN 'up'
                   WHEN reached.place = held.place
                   THEN CASE WHEN reached.valid_until > current.kept_until
                                  AND (reached.is_calendar OR current.kept_until <= %(day)s) THEN 'again' END
                   WHEN NOT held.is_active OR current.grace_until < %(day)s THEN 'down'
                   END AS verdict""",
            day=day,
        )

    @staticmethod
    def _sql_promise(day) -> SQL:
        """The best lower tier that is still promised from before the customer was lifted out of it.

        What was promised to a merged customer is promised to who stays. Invitations to a tier are void once one of
        them was withdrawn.
        """
        return SQL(
            """SELECT ladder.place, earlier.kept_until, earlier.how
                 FROM retail_tier_membership earlier JOIN ladder ON ladder.id = earlier.tier_id
                WHERE earlier.wallet_id = ANY(%(wallets)s) AND ladder.is_active
                  AND earlier.ending IN ('upgraded', 'invited', 'merged')
                  AND COALESCE(ladder.place < held.place, TRUE) AND COALESCE(earlier.kept_until >= %(day)s, TRUE)
                  AND NOT (earlier.how = 'invited' AND EXISTS (
                      SELECT FROM retail_tier_membership withdrawn
                       WHERE withdrawn.wallet_id = ANY(%(wallets)s) AND withdrawn.tier_id = earlier.tier_id
                         AND withdrawn.ending = 'withdrawn' AND withdrawn.id > earlier.id))
                ORDER BY ladder.place DESC, earlier.kept_until DESC LIMIT 1""",
            # an array, for an OR would reach no index
            wallets=SQL(
                "ARRAY(SELECT standing.wallet_id UNION ALL"
                " SELECT gone.id FROM retail_points_wallet gone WHERE gone.merged_into_id = standing.wallet_id)"
            ),
            day=day,
        )
