"""What strategies bring: randomised comparison in plain Python, standard library only, beside the ORM.

SQL adds up customers, these modules compare the sums: nothing in here grows with the number of customers.
"""
