"""What beat orders, and how often: seconds, or a time of the city's day."""

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "outbox-drain": {"task": "common.drain_outbox", "schedule": 5.0, "options": {"expires": 5}},
    "clocks-fire-due": {
        "task": "clocks.fire_due_timers",
        "schedule": 5.0,
        "options": {"expires": 30},
    },
    "matters-take-force": {
        "task": "matters.take_force",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "matters-collect-unplaced": {
        "task": "matters.collect_unplaced",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "alarms-follow-time": {
        "task": "alarms.follow_time",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "alarms-rehearse": {
        "task": "alarms.rehearse_due",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "alarms-watch": {"task": "alarms.watch", "schedule": 60.0, "options": {"expires": 60}},
    "ops-hand-up": {"task": "ops.hand_up_due", "schedule": 60.0, "options": {"expires": 60}},
    "ops-make-due": {"task": "ops.make_due", "schedule": 600.0, "options": {"expires": 600}},
    "alarms-purge": {"task": "alarms.purge", "schedule": 24 * 3600.0},
    "hotline-train-waiting": {
        "task": "hotline.train_waiting",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "hotline-watch-drift": {"task": "hotline.watch_drift", "schedule": crontab(hour=7, minute=20)},
    "places-apply-redrawings": {
        "task": "places.apply_redrawings",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "notices-deliver": {
        "task": "notices.deliver_due",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "accounts-forget-old-counters": {
        "task": "accounts.forget_old_counters",
        "schedule": 24 * 3600.0,
    },
    "accounts-expire-changes": {
        "task": "accounts.expire_changes",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "messaging-deliver": {
        "task": "messaging.deliver_due",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "messaging-fetch-media": {
        "task": "messaging.fetch_media",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "messaging-wake": {
        "task": "messaging.wake_due",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "opinions-send-invites": {
        "task": "opinions.send_invites",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "messaging-read-mailboxes": {
        "task": "messaging.read_mailboxes",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "gateway-deliver": {
        "task": "gateway.deliver_due",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "georeport-ask-peers": {
        "task": "georeport.ask_peers",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "districts-gather": {
        "task": "districts.gather",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "districts-ask-back": {
        "task": "districts.ask_back",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "districts-work-out": {
        "task": "districts.work_out",
        "schedule": 1800.0,
        "options": {"expires": 1800},
    },
    "districts-tidy": {
        "task": "districts.tidy",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "onemap-check-services": {
        "task": "onemap.check_services",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "onemap-remind-stale": {
        "task": "onemap.remind_stale",
        "schedule": crontab(hour="8", minute="40"),
    },
    "onemap-write-uses": {
        "task": "onemap.write_uses",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "geodata-drop-expired": {"task": "geodata.drop_expired", "schedule": 24 * 3600.0},
    "geodata-run": {"task": "geodata.run_due", "schedule": 10.0, "options": {"expires": 10}},
    "sensing-fall-silent": {
        "task": "sensing.fall_silent",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "video-ask-recorders": {
        "task": "video.ask_recorders",
        "schedule": crontab(minute=20),
        "options": {"expires": 3000},
    },
    "video-exchange-catalogues": {
        "task": "video.exchange_catalogues",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 3600},
    },
    "video-keep-house": {
        "task": "video.keep_house",
        "schedule": crontab(hour=3, minute=50),
        "options": {"expires": 3600},
    },
    "monitoring-check-due": {
        "task": "monitoring.check_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "monitoring-run-due": {
        "task": "monitoring.run_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "monitoring-roll-up": {
        "task": "monitoring.roll_up",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "journals-follow-files": {
        "task": "journals.follow_files",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "journals-watch-lines": {
        "task": "journals.watch_lines",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "journals-judge-hour": {
        "task": "journals.judge_hour",
        "schedule": crontab(minute=6),
        "options": {"expires": 3000},
    },
    "journals-keep-days": {
        "task": "journals.keep_days",
        "schedule": crontab(hour=3, minute=35),
        "options": {"expires": 3600},
    },
    "monitoring-purge": {"task": "monitoring.purge", "schedule": 24 * 3600.0},
    "callcentre-keep-calls-moving": {
        "task": "callcentre.keep_calls_moving",
        "schedule": 2.0,
        "options": {"expires": 2},
    },
    "callcentre-feed-scores": {
        "task": "callcentre.feed_scores",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "polling-poll-due": {"task": "polling.poll_due", "schedule": 2.0, "options": {"expires": 2}},
    "polling-take-files": {
        "task": "polling.take_files",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "polling-watch-edges": {
        "task": "polling.watch_edges",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "diagnosis-start-due": {
        "task": "diagnosis.start_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "diagnosis-look-due": {
        "task": "diagnosis.look_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "diagnosis-purge": {"task": "diagnosis.purge", "schedule": 24 * 3600.0},
    "seals-work-through": {
        "task": "seals.work_through",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "seals-follow-units": {
        "task": "seals.follow_units",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "seals-keep-archives": {
        "task": "seals.keep_archives",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "voices-scan": {"task": "voices.scan", "schedule": 3600.0, "options": {"expires": 3600}},
    "voices-archive": {"task": "voices.archive", "schedule": 24 * 3600.0},
    "callbacks-sweep": {
        "task": "callbacks.sweep",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "retention-work-through": {
        "task": "retention.work_through",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "polling-purge": {"task": "polling.purge", "schedule": 24 * 3600.0},
    "sensing-roll-up": {"task": "sensing.roll_up", "schedule": 60.0, "options": {"expires": 60}},
    "demo-report-devices": {
        "task": "demo.report_devices",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "demo-report-over-mqtt": {
        "task": "demo.report_over_mqtt",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "sensing-keep-parts": {"task": "sensing.keep_parts", "schedule": 6 * 3600.0},
    "commanding-deliver": {
        "task": "commanding.deliver",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "commanding-time-out": {
        "task": "commanding.time_out",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "observing-check-neighbours": {
        "task": "observing.check_neighbours",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "tagging-purge": {"task": "tagging.purge", "schedule": 24 * 3600.0},
    "residents-purge": {"task": "residents.purge", "schedule": 24 * 3600.0},
    "gateway-purge": {"task": "gateway.purge", "schedule": 24 * 3600.0},
    "gateway-write-calls": {
        "task": "gateway.write_calls",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "gateway-watch-clients": {
        "task": "gateway.watch_clients",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # Once a day; what could not be asked is tried again in the hours after.
    "gateway-reconcile": {
        "task": "gateway.reconcile_due",
        "schedule": crontab(hour="1-9", minute="25"),
        "options": {"expires": 3600},
    },
    "gateway-check-services": {
        "task": "gateway.check_services",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "audit-seal": {"task": "audit.seal_entries", "schedule": 60.0, "options": {"expires": 60}},
    "evidence-watch": {
        "task": "evidence.watch_log",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "evidence-night": {
        "task": "evidence.every_night",
        "schedule": crontab(hour="1", minute="40"),
    },
    "evidence-checks": {
        "task": "evidence.ask_checks",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "matters-archive": {
        "task": "matters.archive_old",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # While the city sleeps: yesterday is whole, and the morning finds it done.
    "figures-look-at-demands": {
        "task": "figures.look_at_demands",
        "schedule": crontab(hour="2", minute="20"),
    },
    "onemap-exports": {
        "task": "onemap.write_exports",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "onemap-purge": {"task": "onemap.purge", "schedule": 24 * 3600.0},
    "personnel-follow-people": {
        "task": "personnel.follow_people",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "personnel-follow-calendar": {
        "task": "personnel.follow_calendar",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # Every hour, for days that begin late or a worker who is given a cell at noon.
    "fieldwork-make-day": {
        "task": "fieldwork.make_day",
        "schedule": crontab(minute="7"),
        "options": {"expires": 3600},
    },
    "fieldwork-follow-clock": {
        "task": "fieldwork.follow_clock",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "fieldwork-purge": {"task": "fieldwork.purge", "schedule": 24 * 3600.0},
    "phone-purge": {"task": "phone.purge", "schedule": 24 * 3600.0},
    "registry-remind-late": {
        "task": "registry.remind_late",
        "schedule": crontab(hour="7", minute="10"),
    },
    "video-end-stale-holds": {"task": "video.end_stale_holds", "schedule": 60.0},
    "analysis-plan-due": {
        "task": "analysis.plan_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "analysis-purge": {"task": "analysis.purge", "schedule": 24 * 3600.0},
    "algorithms-work": {
        "task": "algorithms.work",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "algorithms-purge": {"task": "algorithms.purge", "schedule": 24 * 3600.0},
    "signon-purge": {"task": "signon.purge", "schedule": 24 * 3600.0},
    "signon-push-nightly": {
        "task": "signon.push_nightly",
        "schedule": crontab(hour="3", minute="10"),
    },
    "signon-rotate-keys": {"task": "signon.rotate_keys", "schedule": 24 * 3600.0},
    "upkeep-note-server": {
        "task": "upkeep.note_server",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "upkeep-every-day": {
        "task": "upkeep.every_day",
        "schedule": crontab(hour="6", minute="50"),
    },
    "common-purge": {"task": "common.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "appraisal-compute": {
        "task": "appraisal.compute_due",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
}
