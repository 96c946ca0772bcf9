from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_datetime


class RetailRequest(models.AbstractModel):
    """A question that waits in ``state`` "requested" and ends once and for good.

    Whoever inherits it has ``closed_by_id``, ``closed_on`` and ``waited_hours``, and names in ``_request_activity`` the
    type of activity by which people are asked.
    """

    _name = "retail.request"
    _description = "Question that is answered once"
    _request_activity = None

    def _check_open(self):
        for request in self.sudo():
            if request.state != "requested":
                raise UserError(request._say_closed())

    def _say_closed(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(person)s has answered this already on %(moment)s: %(state)s. Nothing was changed now.",
            person=self.closed_by_id.name,
            moment=format_datetime(self.env, self.closed_on, dt_format="short"),
            state=states[self.state],
        )

    def _close(self, state, **values):
        """The only way in which a request ends, and only one comes through: the second waits for the first, is
        retried by the server, and then finds the answer.

        :raise UserError: answered already
        """
        request = self.sudo()
        request.flush_recordset()
        taken = self.env.execute_query(
            SQL(
                "UPDATE %s SET write_date = write_date WHERE id = %s AND state = 'requested' RETURNING id",
                SQL.identifier(self._table),
                self.id,
            )
        )
        request.invalidate_recordset()
        if not taken:
            raise UserError(request._say_closed())
        now = fields.Datetime.now()
        request.write(
            {
                "state": state,
                "closed_by_id": self.env.uid,
                "closed_on": now,
                "waited_hours": (now - request.create_date).total_seconds() / 3600,
                **values,
            }
        )
        request.activity_unlink([self._request_activity])
