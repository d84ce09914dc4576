"""References and the mistakes that are often made: `nbNN.EXERCISES` for each notebook. Never seen by a student's process
when marks are given; in a notebook they are there for whoever looks, as in the back of a book."""
