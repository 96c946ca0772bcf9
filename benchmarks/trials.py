"""What the trial of a policy costs: two years replayed beside one full scoring of the same shop."""

import datetime

MONTHS = 24


class Trials:
    def __init__(self, meter):
        self.meter = meter
        self.env = meter.env
        self.company = self.env.company

    def measure(self):
        day = self.env["retail.run"]._get_last_done(self.company).as_of + datetime.timedelta(days=1)
        scoring = self.meter.cpu(lambda: self._score(day))
        self.meter.vacuum("retail_profile", "retail_run_result", "retail_profile_statistics")
        trial = self._request()
        replay = self.meter.cpu(trial._replay)
        if trial.state != "done":
            raise RuntimeError(trial.error)
        self.meter.report("full scoring, calibration and back-test included", scoring, "CPU s")
        self.meter.report(f"trial of {trial.months} months / full scoring", replay / scoring, at_most=12)
        report = self.meter.count_queries(trial.get_report)
        self.meter.report("report of a trial, queries", report, "")

    def _score(self, day):
        run = self.env["retail.run"].run_company(self.company, as_of=day, full=True)
        if run.state != "done":
            raise RuntimeError(run.error)

    def _request(self):
        """A policy that differs in everything that costs: its own half-life and its own horizon."""
        active = self.env["retail.policy"]._get_active(self.company)
        horizon = 13 if active.horizon_weeks != 13 else 26
        draft = active.copy({"trial_months": MONTHS, "half_life_weeks": 13, "horizon_weeks": horizon})
        return self.env["retail.trial"]._request(draft)
