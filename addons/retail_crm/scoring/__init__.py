"""Statistics in plain Python, standard library only, beside the ORM: nothing in here knows Odoo or the database.

SQL groups the customers, these modules fit and tabulate, SQL applies the result to everybody.
"""
