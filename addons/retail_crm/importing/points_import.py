"""The import of points that customers have; each step stands in a file of its own."""

from ..points.exact import to_points
from .customers import Customers
from .file_import import FileImport
from .points_file import PointsFile
from .points_matching import PointsMatching
from .points_staging import PointsStaging


class PointsImport(FileImport):
    """One import of one file of points for one root company."""

    FILE = PointsFile
    MODEL = "retail.points.history"

    def __init__(self, env, company, channel, dry_run=False):
        super().__init__(env, company, channel, dry_run)
        self.staging = PointsStaging(env, company)
        self.customers = Customers(env, company, self.channel)
        self.matching = PointsMatching(env, company, self.channel)

    def _match(self):
        self.customers.match()
        self.staging.match_programs_and_cards()
        self.matching.match()

    def _count_new(self, writes):
        new = self.matching.count()
        return {
            "created": new if writes else 0,
            "already_there": self.staging.count() - new,
            "customers_created": self.customers.count_new() if writes else 0,
            "totals": [self._total(*row) for row in self.matching.summary()] if writes else [],
        }

    def _total(self, program_id, rows, customers, points):
        program = self.env["loyalty.program"].browse(program_id)
        cost = to_points(program.with_company(self.company).sudo().retail_point_cost)
        return {
            "program": program,
            "rows": rows,
            "customers": customers,
            "points": points,
            "value": points * cost,
        }

    def _write(self):
        self.customers.create_new()
        self.matching.issue_cards()
        self.matching.book()
