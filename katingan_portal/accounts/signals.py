"""What the audit trail listens to besides Django's own sign-in signals: accounts may not import it.

Both carry the `user` concerned (None for an unknown name), the `verb` and `by`, the actor; `changes` where there are.
"""

from django.dispatch import Signal

account_changed = Signal()
sign_in_blocked = Signal()
