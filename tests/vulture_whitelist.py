"""Names that vulture takes for unused, with a reason per block.

Used by `vulture include dags plugins tests/vulture_whitelist.py`; never imported.
"""

# ruff: noqa: B018, F821
# mypy: ignore-errors

# Overridden or read by the library that calls us: PyApacheAtlas, httpx, http.server, pydantic, enum
_.is_successful
_._get_http
_._post_http
_._delete_http
_.auth_flow
_.do_DELETE
_.do_GET
_.do_HEAD
_.do_OPTIONS
_.do_PATCH
_.do_POST
_.do_PUT
_.daemon_threads
_.block_on_close
_.request_queue_size
_.server_name
_.handle_error
_.protocol_version
_.disable_nagle_algorithm
_.wbufsize
_.close_connection
_.log_message
_.model_config
_._value_

# Registered with Great Expectations when their module is imported, and named in suites
_.PathExists
_.ExpectPathToExist
_.condition_metric_name
_.condition_value_keys
_._pandas
_.map_metric
_.success_keys
_.progress_bars

# Members of closed vocabularies that no code names: they arrive as values
_.INFO
_.AZURE_ML
_.AI_FOUNDRY
_.STAGING
_.CANDIDATE
_.RETIRED
_.DEVELOPMENT

# Columns of the run report: read by its templates and by whoever reads its JSON
_.runs_as
_.static_keys
_.static_connections
_.static_key_reason
_.broad_rights
_.incomplete_reason
_.duplicates
_.subject_label
_.subject_kind
_.ask
_.waived_until
_.waived_by
_.waived_reason
_.waiver_expired
_.production_versions
_.state_since
_.suspected_duplicates
_.dismissed_duplicates
_.critical
_.warning
_.was_read
_.remaining_reads

# Called by name: the function of a stage, the connector of a source kind
_.plan_changes
_.AiFoundryConnector
_.AzureMlConnector
_.MlflowConnector

# Asked for by tests only: what a dialect declares for its contract, how long a client waited, an emulator's requests
_.soft_delete
_.purge
_.waited
_.reads
_.revoke
fetch

# Documents a row of the demo's table of models; read by people only
_.story

# Shown by the template of the report's sources
_.acceptance_expired

# httpcore's pool opens its connections through it
_._network_backend
