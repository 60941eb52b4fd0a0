"""The counted definitions of the services and their purposes.

A name with a dot is inside another definition: see `definitions.py`. To count a new definition of a
counted file, add its name here, or add it to `not_counted` with the reason.
"""

from bench.boilerplate.comparison import (
    EVERYTHING_ELSE,
    Comparison,
    CountedFile,
    Implementation,
    Purpose,
    Table,
)

FLASK = "flask-svc/flask_svc"
FASTAPI = "fastapi-svc/fastapi_svc"

FASTAPI_DOCUMENTATION = CountedFile(
    f"{FASTAPI}/documentation.py",
    {
        Purpose.DOCUMENTATION: (
            "documented_app",
            "documented_app.redoc",
            "documented_app.openapi",
            "without_422",
            "documented",
        )
    },
)
FLASK_DOCUMENTATION = CountedFile(
    f"{FLASK}/documentation.py",
    # The three lines about validation configure the object that makes the document.
    {Purpose.DOCUMENTATION: ("REDOC", "documented_app", "documented")},
)
FASTAPI_PROBLEMS = CountedFile(
    f"{FASTAPI}/problems.py",
    {Purpose.ERRORS: ("field_problem", "register.invalid")},
)
FLASK_PROBLEMS = CountedFile(
    f"{FLASK}/problems.py",
    {Purpose.ERRORS: ("field_problem", "invalid_input", "register.too_deep")},
)
USER_MODELS = {
    Purpose.VALIDATION: (
        "MAX_ID",
        "EMAIL",
        "Role",
        "Line",
        "Sent",
        "Address",
        "NewUser",
        "User",
        "Users",
    ),
    Purpose.DOCUMENTATION: ("FieldProblem", "ErrorBody"),
}
REALTIME_MODELS = {
    Purpose.VALIDATION: ("MAX_ID", "Sent", "NewJob", "Job", "StreamLine"),
    Purpose.DOCUMENTATION: ("FieldProblem", "ErrorBody"),
}
# Imports that exist with or without the routes do not count for them.
SERVICE = {
    "both services have it, with or without these routes": ("settings", "storage", "upstream")
}

USERS = Comparison(
    "users",
    "Users: create one, read one, list some",
    (
        Implementation(
            "FastAPI",
            ("/users",),
            "yes",
            (
                CountedFile(
                    f"{FASTAPI}/users.py",
                    {
                        Purpose.ROUTES: ("create_user", "read_user", "list_users"),
                        Purpose.VALIDATION: ("Limit",),
                        Purpose.WIRING: ("users",),
                    },
                ),
                CountedFile(f"{FASTAPI}/models.py", USER_MODELS),
                FASTAPI_PROBLEMS,
                CountedFile(
                    f"{FASTAPI}/dependencies.py",
                    {Purpose.VALIDATION: ("Id",), Purpose.WIRING: ("storage_of", "TheStorage")},
                ),
                CountedFile(
                    f"{FASTAPI}/app.py",
                    {
                        Purpose.WIRING: (
                            "create_app.app.state.storage",
                            "create_app.app.include_router(users)",
                        )
                    },
                ),
                FASTAPI_DOCUMENTATION,
            ),
            SERVICE,
        ),
        Implementation(
            "Flask by hand",
            ("/manual/users",),
            "no",
            (
                CountedFile(
                    f"{FLASK}/manual_users.py",
                    {
                        Purpose.ROUTES: ("create_user", "read_user", "list_users"),
                        Purpose.VALIDATION: (
                            "MAX_ID",
                            "EMAIL",
                            "COUNTRY",
                            "ROLES",
                            "A_ROLE",
                            "USER_FIELDS",
                            "ADDRESS_FIELDS",
                            "Problems",
                            "check_user",
                            "check_address",
                            "check_age",
                            "check_roles",
                            "check_text",
                            "check_unknown",
                            "check_range",
                            "parse_number",
                        ),
                        Purpose.WIRING: ("manual_users",),
                    },
                ),
                CountedFile(f"{FLASK}/problems.py", {Purpose.ERRORS: ("register.too_deep",)}),
                CountedFile(f"{FLASK}/dependencies.py", {Purpose.WIRING: ("storage_of",)}),
                CountedFile(
                    f"{FLASK}/app.py",
                    {
                        Purpose.WIRING: (
                            "create_app.app.extensions['storage']",
                            "create_app.app.register_blueprint(manual_users)",
                        )
                    },
                ),
            ),
            SERVICE,
        ),
        Implementation(
            "Flask with extension",
            ("/users",),
            "yes",
            (
                CountedFile(
                    f"{FLASK}/users.py",
                    {
                        Purpose.ROUTES: ("create_user", "read_user", "list_users"),
                        Purpose.VALIDATION: ("UsersQuery",),
                        Purpose.WIRING: ("users",),
                    },
                ),
                CountedFile(f"{FLASK}/models.py", USER_MODELS),
                FLASK_PROBLEMS,
                CountedFile(
                    f"{FLASK}/dependencies.py",
                    {
                        Purpose.ROUTES: ("Created",),
                        Purpose.VALIDATION: ("IdPath",),
                        Purpose.WIRING: ("storage_of",),
                    },
                ),
                CountedFile(
                    f"{FLASK}/app.py",
                    {
                        Purpose.WIRING: (
                            "create_app.app.extensions['storage']",
                            "create_app.app.register_api(users)",
                        )
                    },
                ),
                FLASK_DOCUMENTATION,
            ),
            SERVICE,
        ),
    ),
)

REALTIME = Comparison(
    "realtime",
    "A stream, a WebSocket, jobs",
    (
        Implementation(
            "FastAPI",
            ("/stream", "/ws", "/jobs"),
            "yes, except for /ws",
            (
                CountedFile(
                    f"{FASTAPI}/realtime.py",
                    {
                        Purpose.ROUTES: ("UNSUPPORTED_DATA", "GONE", "stream", "talk"),
                        Purpose.VALIDATION: ("Lines", "LineEvery", "TickEvery"),
                        Purpose.WORK: ("tick", "echo", "send"),
                        Purpose.LIMITS: ("take_place",),
                        Purpose.WIRING: ("realtime",),
                    },
                ),
                CountedFile(
                    f"{FASTAPI}/jobs.py",
                    {
                        Purpose.ROUTES: ("start_job", "read_job"),
                        Purpose.WORK: ("logger", "work"),
                        Purpose.WIRING: ("jobs",),
                    },
                ),
                CountedFile(f"{FASTAPI}/models.py", REALTIME_MODELS),
                CountedFile(
                    f"{FASTAPI}/problems.py",
                    {Purpose.ERRORS: ("field_problem", "register.problem", "register.invalid")},
                ),
                CountedFile(
                    f"{FASTAPI}/dependencies.py",
                    {
                        Purpose.VALIDATION: ("Id",),
                        Purpose.WIRING: (
                            "storage_of",
                            "upstream_of",
                            "settings_of",
                            "TheStorage",
                            "TheUpstream",
                            "TheSettings",
                        ),
                    },
                ),
                CountedFile(
                    f"{FASTAPI}/app.py",
                    {
                        Purpose.LIMITS: ("create_app.app.state.sockets",),
                        Purpose.WIRING: (
                            "create_app.app.state.settings",
                            "create_app.app.state.upstream",
                            "create_app.app.state.storage",
                            "create_app.app.include_router(jobs)",
                            "create_app.app.include_router(realtime)",
                        ),
                    },
                ),
                FASTAPI_DOCUMENTATION,
            ),
            SERVICE,
        ),
        Implementation(
            "Flask",
            ("/stream", "/ws", "/jobs"),
            "yes, except for /ws",
            (
                CountedFile(
                    f"{FLASK}/realtime.py",
                    {
                        Purpose.ROUTES: ("UNSUPPORTED_DATA", "stream", "talk"),
                        Purpose.VALIDATION: ("StreamQuery", "TalkQuery"),
                        Purpose.ERRORS: ("no_handshake",),
                        Purpose.WORK: ("echo",),
                        Purpose.LIMITS: ("take_place", "give_back_place"),
                        Purpose.WIRING: (
                            "realtime",
                            "sockets",
                            "sock",
                            "sockets.register_error_handler(RemoteProtocolError, no_handshake)",
                        ),
                        Purpose.DOCUMENTATION: ("JSON_LINES",),
                    },
                ),
                CountedFile(
                    f"{FLASK}/lent_socket.py", {Purpose.WORK: ("CLOSING_FRAME", "LentSocket")}
                ),
                CountedFile(
                    f"{FLASK}/jobs.py",
                    {
                        Purpose.ROUTES: ("start_job", "read_job"),
                        Purpose.WORK: ("logger", "work"),
                        Purpose.WIRING: ("jobs",),
                    },
                ),
                CountedFile(f"{FLASK}/models.py", REALTIME_MODELS),
                CountedFile(
                    f"{FLASK}/problems.py",
                    {
                        Purpose.ERRORS: (
                            "NoSockets",
                            "field_problem",
                            "invalid_input",
                            "register.problem",
                            "register.too_deep",
                        )
                    },
                ),
                CountedFile(
                    f"{FLASK}/dependencies.py",
                    {
                        Purpose.ROUTES: ("Created",),
                        Purpose.VALIDATION: ("IdPath",),
                        Purpose.WIRING: ("storage_of", "upstream_of", "settings_of"),
                    },
                ),
                CountedFile(
                    f"{FLASK}/app.py",
                    {
                        Purpose.LIMITS: ("create_app.app.extensions['sockets']",),
                        Purpose.WIRING: (
                            "create_app.app.config['SETTINGS']",
                            "create_app.app.extensions['upstream']",
                            "create_app.app.extensions['storage']",
                            "create_app.app.register_api(jobs)",
                            "create_app.app.register_api(realtime)",
                            "create_app.app.register_blueprint(sockets)",
                        ),
                    },
                ),
                FLASK_DOCUMENTATION,
            ),
            SERVICE,
        ),
    ),
)

ALIKE = "all implementations have it alike"
DATABASE = "of the database's routes, and not of this API"
INDEX = "the answer of /, and not of this API"
PROBLEMS = (
    "Problem",
    "BadRequest",
    "InvalidInput",
    "NotFound",
    "RequestTimeout",
    "ContentTooLarge",
    "UpstreamError",
    "UpstreamUnreachable",
    "TooManySockets",
    "StorageBusy",
    "DatabaseBusy",
    "DatabaseUnreachable",
    "DatabaseReadOnly",
    "DatabaseTimeout",
    "UpstreamTimeout",
    "StorageFull",
    "NO_OBJECT",
    "body",
    "register",
    "register.http_error",
)

TABLE = Table(
    (USERS, REALTIME),
    # Every excluded definition needs a reason, see completeness.py.
    not_counted={
        f"{FASTAPI}/problems.py": {
            ALIKE: (*PROBLEMS, "register.exception", "answer_to"),
            "of every path, and not of this API": ("refuse_handshakes",),
        },
        f"{FLASK}/problems.py": {
            ALIKE: PROBLEMS,
            "of every path, and not of this API": ("register.refuse_empty_parts",),
        },
        f"{FASTAPI}/documentation.py": {
            INDEX: ("documented_app.index",),
            "makes the titles equal; FastAPI has its own": ("titled",),
        },
        f"{FLASK}/documentation.py": {
            INDEX: ("documented_app.app.view_functions['openapi.openapi']", "index"),
        },
        f"{FASTAPI}/dependencies.py": {DATABASE: ("connections_of", "TheConnections")},
        f"{FLASK}/dependencies.py": {DATABASE: ("connections_of",)},
        f"{FASTAPI}/app.py": {
            "shows what Pydantic's defaults refuse; the other service has no twin": (
                "create_app.app.include_router(default_users)",
            ),
            "the routes that wait, and the app": (EVERYTHING_ELSE,),
        },
        f"{FLASK}/app.py": {
            "told to the server, which the other service does in its __main__.py": (
                "create_app.app.config['SOCK_SERVER_OPTIONS']",
            ),
            "the routes that wait, and the app": (EVERYTHING_ELSE,),
        },
    },
)
