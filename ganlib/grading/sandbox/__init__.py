"""The sandbox: what a submission sees, what it may use, and how it is spoken to."""
