"""Every table of the product: importing this module has imported them all."""

from __future__ import annotations

from rapport.accounts import models as account_models
from rapport.alerts import models as alert_models
from rapport.analytics import models as analytics_models
from rapport.broadcasts import models as broadcast_models
from rapport.campaigns import models as campaign_models
from rapport.capture import models as capture_models
from rapport.channels import models as channel_models
from rapport.conversations import models as conversation_models
from rapport.crm import models as crm_models
from rapport.enrichment import models as enrichment_models
from rapport.enrollments import models as enrollment_models
from rapport.flags import models as flag_models
from rapport.http import models as http_models
from rapport.inbox import models as inbox_models
from rapport.kernel.db import Base
from rapport.leads import models as lead_models
from rapport.notices import models as notice_models
from rapport.offerings import models as offering_models
from rapport.outbox import models as outbox_models
from rapport.replies import models as reply_models
from rapport.reports import models as report_models
from rapport.scoring import models as scoring_models
from rapport.sending import models as sending_models
from rapport.webhooks import models as webhook_models

METADATA = Base.metadata
_TABLES = (
    *(account_models, lead_models, campaign_models, enrollment_models, conversation_models, sending_models),
    *(reply_models, inbox_models, http_models, webhook_models, outbox_models, flag_models, notice_models),
    *(offering_models, capture_models, scoring_models, channel_models, enrichment_models),
    *(analytics_models, report_models, crm_models, broadcast_models, alert_models),
)
