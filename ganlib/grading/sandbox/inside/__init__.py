"""What runs inside the sandbox, beside the student's code. No reference, no expected value, no verdict is in here."""
