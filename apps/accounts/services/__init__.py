"""The only writers of people, organisations, posts, roles and sign-in locks.

Called by the pages, the entrance (allauth adapter), the management commands and the demo
city. Every deed checks the actor's right in the tenant, then the state, writes, and leaves
an entry in the log, all in one transaction.
"""

from apps.accounts.services.access import close_everything, close_session, end_access
from apps.accounts.services.appointments import (
    appoint,
    end_appointment,
    resume_appointment,
    suspend_appointment,
)
from apps.accounts.services.enrolment import NewPerson, enrol_people
from apps.accounts.services.extending import extend_roles, extend_roles_after
from apps.accounts.services.organizations import (
    create_organization,
    create_post,
    create_tenant,
    deactivate_organization,
    move_organization,
    update_organization,
    update_post,
)
from apps.accounts.services.passwords import (
    remember_password_change,
    reset_password,
    temporary_password,
)
from apps.accounts.services.people import (
    create_user,
    deactivate_user,
    end_session,
    end_sessions,
    reactivate_user,
    reveal_phone,
    update_own_profile,
    update_user,
)
from apps.accounts.services.roles import set_role_permissions, set_roles
from apps.accounts.services.sharing import share_object, unshare_everything, unshare_object
from apps.accounts.services.sign_in import (
    Attempt,
    begin_attempt,
    forget_old_counters,
    note_failure,
    note_success,
    unlock,
)
from apps.accounts.services.standard_roles import ROLE_SEED, seed_roles
from apps.accounts.services.succession import close_into, hand_posts, reopen_organization

__all__ = [
    "ROLE_SEED",
    "Attempt",
    "NewPerson",
    "appoint",
    "begin_attempt",
    "close_everything",
    "close_into",
    "close_session",
    "create_organization",
    "create_post",
    "create_tenant",
    "create_user",
    "deactivate_organization",
    "deactivate_user",
    "end_access",
    "end_appointment",
    "end_session",
    "end_sessions",
    "enrol_people",
    "extend_roles",
    "extend_roles_after",
    "forget_old_counters",
    "hand_posts",
    "move_organization",
    "note_failure",
    "note_success",
    "reactivate_user",
    "remember_password_change",
    "reopen_organization",
    "reset_password",
    "resume_appointment",
    "reveal_phone",
    "seed_roles",
    "set_role_permissions",
    "set_roles",
    "share_object",
    "suspend_appointment",
    "temporary_password",
    "unlock",
    "unshare_everything",
    "unshare_object",
    "update_organization",
    "update_own_profile",
    "update_post",
    "update_user",
]
