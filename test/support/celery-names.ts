/*
 * What Celery 5.6.3 has, by the chapters of docs/from-celery.md: so that the page leaves nothing out.
 */

export const CELERY_NAMES: Readonly<Record<string, string>> = {
  'Options of a task': `
    name bind base max_retries default_retry_delay autoretry_for dont_autoretry_for retry_kwargs retry_backoff
    retry_backoff_max retry_jitter throws rate_limit time_limit soft_time_limit ignore_result
    store_errors_even_if_ignored track_started acks_late acks_on_failure_or_timeout reject_on_worker_lost priority
    queue typing expires serializer compression backend exchange routing_key delivery_mode send_events trail
    resultrepr_maxsize shared lazy Strategy Request abstract
    pydantic pydantic_strict pydantic_context pydantic_dump_kwargs`,
  'Handlers and methods of a task': `
    before_start on_success on_failure on_retry after_return on_replace on_bound bind annotate add_around
    start_strategy run delay apply_async apply s si signature subtask map starmap chunks name app AsyncResult
    from_config shadow_name add_trail push_request pop_request request_stack signature_from_request`,
  'Options of a call': `
    args kwargs countdown eta expires task_id link link_error queue priority time_limit soft_time_limit ignore_result
    shadow headers stamped_headers stamps immutable argsrepr kwargsrepr retry retry_policy serializer compression
    exchange routing_key delivery_mode mandatory immediate producer publisher connection router add_to_parent
    reply_to root_id parent_id group_id group_index chord chain retries replaced_task_nesting result_cls route_name
    task_type`,
  'The request': `
    args callbacks called_directly chain chord correlation_id delivery_info errbacks eta expires group group_index
    headers hostname id ignore_result is_eager kwargs logfile loglevel origin parent_id properties retries reply_to
    replaced_task_nesting root_id shadow taskset timelimit utc stamped_headers stamps task children`,
  Signatures: `
    signature maybe_signature subtask sig.delay sig.apply_async sig.apply sig.clone sig.partial sig.replace sig.set
    sig.set_immutable sig.link sig.link_error sig.on_error sig.append_to_list_option sig.extend_list_option
    sig.flatten_links sig.stamp sig.stamp_links sig.freeze sig.election sig.reprcall sig.from_dict
    Signature.register_type sig.task sig.name sig.args sig.kwargs sig.options sig.immutable sig.subtask_type sig.id
    sig.parent_id sig.root_id sig.type sig.app`,
  Canvas: `
    chain chain.tasks chain.unchain_tasks chain.prepare_steps chain.run group group.tasks group.skew chord chord.tasks
    chord.body chord.run chunks chunks.group chunks.apply_chunks xmap xstarmap map starmap link link_error replace
    add_to_chord StampingVisitor on_signature on_group_start on_group_end on_chain_start on_chain_end
    on_chord_header_start on_chord_header_end on_chord_body on_callback on_errback append_stamps celery.accumulate
    celery.map celery.starmap celery.chunks celery.group celery.chain celery.chord celery.chord_unlock
    celery.backend_cleanup`,
  Results: `
    id task_id get wait state status result info ready successful failed traceback parent children collect iterdeps
    graph build_graph get_leaf then throw maybe_throw maybe_reraise revoke revoke_by_stamped_headers forget as_tuple
    as_list result_from_tuple ignored name args kwargs retries worker queue date_done app backend
    supports_native_join`,
  'Groups of results': `
    results add remove discard update clear get join join_native iter_native ready waiting successful failed
    completed_count maybe_throw maybe_reraise revoke forget then supports_native_join app backend id parent children
    save restore delete as_tuple`,
  States: `
    PENDING RECEIVED STARTED RETRY SUCCESS FAILURE REVOKED REJECTED IGNORED READY_STATES UNREADY_STATES ALL_STATES
    EXCEPTION_STATES PROPAGATE_STATES precedence state`,
  Exceptions: `
    Ignore Reject Retry TaskPredicate TimeoutError MaxRetriesExceededError TaskRevokedError ChordError
    SoftTimeLimitExceeded TimeLimitExceeded WorkerLostError Terminated NotRegistered AlreadyRegistered
    InvalidTaskError QueueNotFound IncompleteStream ImproperlyConfigured OperationalError EncodeError BackendError
    BackendGetMetaError BackendStoreError SecurityError SecurityWarning CeleryError TaskError WorkerShutdown
    WorkerTerminate CeleryWarning AlwaysEagerIgnored DuplicateNodenameWarning FixupWarning NotConfigured
    CDeprecationWarning CPendingDeprecationWarning CeleryCommandException`,
  Settings: `
    accept_content result_accept_content enable_utc imports include timezone beat_max_loop_interval beat_schedule
    beat_scheduler beat_schedule_filename beat_sync_every beat_cron_starting_deadline broker_url broker_read_url
    broker_write_url broker_transport broker_transport_options broker_connection_timeout broker_connection_retry
    broker_connection_retry_on_startup broker_connection_max_retries broker_channel_error_retry
    broker_failover_strategy broker_heartbeat broker_heartbeat_checkrate broker_login_method
    broker_native_delayed_delivery_queue_type broker_pool_limit broker_use_ssl broker_host broker_port broker_user
    broker_password broker_vhost cache_backend cache_backend_options cassandra_entry_ttl cassandra_keyspace
    cassandra_port cassandra_read_consistency cassandra_servers cassandra_bundle_path cassandra_table
    cassandra_write_consistency cassandra_auth_provider cassandra_auth_kwargs cassandra_options s3_access_key_id
    s3_secret_access_key s3_bucket s3_base_path s3_endpoint_url s3_region azureblockblob_container_name
    azureblockblob_retry_initial_backoff_sec azureblockblob_retry_increment_base azureblockblob_retry_max_attempts
    azureblockblob_base_path azureblockblob_connection_timeout azureblockblob_read_timeout gcs_bucket gcs_project
    gcs_base_path gcs_ttl control_queue_ttl control_queue_expires control_queue_exclusive control_queue_durable
    control_exchange couchbase_backend_settings arangodb_backend_settings mongodb_backend_settings
    cosmosdbsql_database_name cosmosdbsql_collection_name cosmosdbsql_consistency_level
    cosmosdbsql_max_retry_attempts cosmosdbsql_max_retry_wait_time event_queue_expires event_queue_ttl
    event_queue_prefix event_queue_exclusive event_queue_durable event_serializer event_exchange
    redis_backend_use_ssl redis_db redis_host redis_max_connections redis_username redis_password redis_port
    redis_socket_timeout redis_socket_connect_timeout redis_retry_on_timeout redis_socket_keepalive result_backend
    result_cache_max result_compression result_exchange result_exchange_type result_expires result_persistent
    result_extended result_serializer result_backend_transport_options result_chord_retry_interval
    result_chord_join_timeout result_backend_max_sleep_between_retries_ms result_backend_max_retries
    result_backend_base_sleep_between_retries_ms result_backend_always_retry elasticsearch_retry_on_timeout
    elasticsearch_max_retries elasticsearch_timeout elasticsearch_save_meta_as_text security_certificate
    security_cert_store security_key security_key_password security_digest database_url database_engine_options
    database_short_lived_sessions database_table_schemas database_table_names database_create_tables_at_setup
    task_acks_late task_acks_on_failure_or_timeout task_always_eager task_annotations task_compression
    task_create_missing_queues task_create_missing_queue_type task_create_missing_queue_exchange_type
    task_inherit_parent_priority task_default_delivery_mode task_default_queue task_default_queue_type
    task_default_exchange task_default_exchange_type task_default_routing_key task_default_rate_limit
    task_default_priority task_eager_propagates task_ignore_result task_store_eager_result task_protocol
    task_publish_retry task_publish_retry_policy task_queues task_queue_max_priority task_reject_on_worker_lost
    task_remote_tracebacks task_routes task_send_sent_event task_serializer task_soft_time_limit task_time_limit
    task_store_errors_even_if_ignored task_track_started task_allow_error_cb_on_chord_header worker_agent
    worker_autoscaler worker_cancel_long_running_tasks_on_connection_loss worker_soft_shutdown_timeout
    worker_enable_soft_shutdown_on_idle worker_concurrency worker_consumer worker_direct
    worker_disable_rate_limits worker_deduplicate_successful_tasks worker_enable_remote_control
    worker_hijack_root_logger worker_log_color worker_log_format worker_lost_wait worker_max_memory_per_child
    worker_max_tasks_per_child worker_pool worker_pool_putlocks worker_pool_restarts worker_proc_alive_timeout
    worker_prefetch_multiplier worker_eta_task_limit worker_enable_prefetch_count_reduction
    worker_disable_prefetch worker_redirect_stdouts worker_redirect_stdouts_level worker_send_task_events
    worker_state_db worker_task_log_format worker_timer worker_timer_precision worker_detect_quorum_queues`,
  'The worker command': `
    -A --app -b --broker --result-backend --loader --config --workdir -C --no-color -q --quiet --version --skip-checks
    -n --hostname -D --detach -S --statedb -l --loglevel -O --optimization --prefetch-multiplier --disable-prefetch
    -c --concurrency -P --pool -E --task-events --events --time-limit --soft-time-limit --max-tasks-per-child
    --max-memory-per-child --purge --discard --queues -Q --exclude-queues -X --include -I --without-gossip
    --without-mingle --without-heartbeat --heartbeat-interval --autoscale -B --beat -s --schedule-filename --schedule
    --scheduler -f --logfile --pidfile --uid --gid --umask --executable`,
  Control: `
    revoke terminate revoke_by_stamped_headers rate_limit time_limit add_consumer cancel_consumer pool_grow pool_shrink
    autoscale pool_restart shutdown ping purge discard_all enable_events disable_events heartbeat election broadcast`,
  Inspection: `
    active reserved scheduled revoked registered stats active_queues query_task conf ping report clock hello memsample
    memdump objgraph`,
  Events: `
    task-sent task-received task-started task-succeeded task-failed task-retried task-revoked task-rejected
    task-cancelled worker-online worker-heartbeat worker-offline worker-elect`,
  Signals: `
    before_task_publish after_task_publish task_received task_prerun task_postrun task_success task_retry task_failure
    task_internal_error task_revoked task_rejected task_unknown task_sent celeryd_init celeryd_after_setup
    import_modules worker_init worker_before_create_process worker_process_init worker_process_shutdown worker_ready
    worker_shutdown worker_shutting_down heartbeat_sent setup_logging after_setup_logger after_setup_task_logger
    beat_init beat_embedded_init eventlet_pool_started eventlet_pool_preshutdown eventlet_pool_postshutdown
    eventlet_pool_apply user_preload_options`,
}
