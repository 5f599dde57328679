"""The demo estate as a table: teams, data, experiments, models and the story each production model tells.

Data sets are those that scikit-learn ships. Where the data does not match the team's business, the
columns are renamed to anonymous features, as they often are. Everything here is invented; no account or address exists.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Team:
    """A team: the value of `governance.owner` on its models, and login names that its runs have in turn."""

    owner: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class Data:
    """A scikit-learn data set under a team's name. Without `source` only its name is recorded."""

    loader: str
    source: str = ""
    columns: str = ""  # prefix of anonymous column names; empty keeps the real ones


@dataclass(frozen=True)
class Training:
    """One run that trains a model and logs it (`learner` empty: only parameters and metrics are logged).

    Attributes:
        days_ago: age of the run.
        dataset: name in DATA, empty when the team recorded none.
        status: MLflow's run status.
    """

    key: str
    days_ago: int
    learner: str = ""
    settings: dict[str, float] = field(default_factory=dict)
    dataset: str = ""
    record_dataset: bool = True
    record_metrics: bool = True
    notes: dict[str, str] = field(default_factory=dict)  # further parameters; SECRET is replaced by a made-up key
    status: str = "FINISHED"


@dataclass(frozen=True)
class Experiment:
    """An experiment; every combination of `grid` is a child run of one parent search run."""

    name: str
    team: str
    about: str
    trainings: tuple[Training, ...]
    grid: dict[str, tuple[float, ...]] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True)
class Version:
    """One registered version.

    origin: `model` (models:/m-..., as MLflow 3 registers), `run` (runs:/...), `runless` (models:/m-... without a run
    id, as older servers registered from the user interface), `upload` (a plain path that no run wrote).
    """

    training: str
    aliases: tuple[str, ...] = ()
    origin: str = "model"
    stage: str = ""
    about: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    delete_run: bool = False


@dataclass(frozen=True)
class Model:
    """A registered model.

    `rules`: the ids of its findings in production; None when it has no version in production.
    """

    name: str
    team: str
    story: str
    rules: tuple[str, ...] | None
    about: str
    versions: tuple[Version, ...]
    use_case: str = ""
    risk: str = "medium"
    owner: str | None = None  # None: the team's; empty: no tag at all
    record: str = ""


SECRET = "<secret>"  # noqa: S105  (a placeholder: replaced by a made-up key)
PROMPT = "contract-summary"
PROMPT_TEXTS = (
    "Summarise the contract in {{words}} words.\n\n{{contract}}",
    "You are a paralegal. Summarise the contract below in {{words}} words; name parties and dates.\n\n{{contract}}",
)

TEAMS = {
    "fraud": Team("team-fraud", ("aruiz", "mokafor", "lchen")),
    "credit": Team("tom.becker@example.com", ("tbecker", "snovak")),
    "clinical": Team("ines.moreau@example.com", ("imoreau", "jdoe")),
    "demand": Team("priya.nair@example.com", ("pnair", "wkowalski")),
    "documents": Team("lars.holm@example.com", ("lholm", "fzhang")),
}

_LAKE = "examplelake.dfs.core.windows.net/curated"
DATA = {
    "card_transactions": Data("breast_cancer", f"abfss://fraud@{_LAKE}/card_transactions", "v"),
    "login_sessions": Data("iris", f"abfss://fraud@{_LAKE}/login_sessions", "session_"),
    "loan_book": Data("wine", f"abfss://credit@{_LAKE}/loan_book", "attribute_"),
    "tumour_measurements": Data("breast_cancer", "s3://example-clinical/tumour_measurements"),
    "diabetes_cohort": Data("diabetes", "s3://example-clinical/diabetes_cohort"),
    "exercise_trial": Data("linnerud"),
    "weekly_sales": Data("diabetes", f"abfss://demand@{_LAKE}/weekly_sales", "lag_"),
    "wine_catalogue": Data("wine", f"abfss://demand@{_LAKE}/wine_catalogue"),
    "scanned_digits": Data("digits", f"abfss://documents@{_LAKE}/scanned_digits"),
}

LOGISTIC = "sklearn.linear_model.LogisticRegression"
FOREST = "sklearn.ensemble.RandomForestClassifier"
TREE = "sklearn.tree.DecisionTreeClassifier"
RIDGE = "sklearn.linear_model.Ridge"
NEIGHBOURS = "sklearn.neighbors.KNeighborsRegressor"

_TOKENS = {"num_memory_tokens": "128", "max_tokens": "512", "token_budget": "2048"}

EXPERIMENTS = (
    Experiment("fraud/card-transactions", "fraud", "Chargebacks on card payments",
               grid={"C": (0.1, 1), "max_iter": (20, 50)}, trainings=(
        Training("cards-1", 210, LOGISTIC, {"C": 0.5, "max_iter": 50}, "card_transactions"),
        Training("cards-2", 120, TREE, {"max_depth": 4}, "card_transactions"),
        Training("cards-3", 45, FOREST, {"n_estimators": 20, "max_depth": 6}, "card_transactions"),
        Training("cards-4", 6, FOREST, {"n_estimators": 30, "max_depth": 8}, "card_transactions"),
        Training("cards-broken", 5, notes={"n_estimators": "500"}, status="FAILED"),
    )),
    Experiment("fraud/account-takeover", "fraud", "Is this session the account's owner?",
               grid={"max_depth": (2, 3, 4)}, trainings=(
        Training("takeover-1", 300, TREE, {"max_depth": 3}, "login_sessions"),
        Training("takeover-2", 90, LOGISTIC, {"C": 2, "max_iter": 60}, "login_sessions"),
        Training("merchants", 60, TREE, {"max_depth": 2}, "login_sessions", record_metrics=False),
        Training("mules-1", 30, TREE, {"max_depth": 5}, "login_sessions"),
        Training("mules-2", 9, FOREST, {"n_estimators": 10}, "login_sessions"),
    )),
    Experiment("fraud/graph-embeddings-spike", "fraud", "Abandoned", deleted=True, trainings=(
        Training("spike-1", 400, notes={"walk_length": "40"}),
        Training("spike-2", 398, notes={"walk_length": "80"}),
    )),
    Experiment("credit/default-risk", "credit", "Probability of default",
               grid={"n_estimators": (5, 10), "max_depth": (3, 5)}, trainings=(
        Training("default-1", 260, LOGISTIC, {"C": 1, "max_iter": 80}, "loan_book"),
        Training("default-2", 75, FOREST, {"n_estimators": 15}, "loan_book"),
        Training("default-3", 12, FOREST, {"n_estimators": 25}, "loan_book"),
        Training("limits-1", 150, TREE, {"max_depth": 4}, "loan_book"),
        Training("limits-2", 33, TREE, {"max_depth": 6}, "loan_book"),
    )),
    Experiment("clinical/tumour-malignancy", "clinical", "Second reader for biopsies",
               grid={"max_depth": (3, 5)}, trainings=(
        Training("tumour-1", 330, LOGISTIC, {"C": 1, "max_iter": 60}, "tumour_measurements"),
        Training("tumour-2", 140, FOREST, {"n_estimators": 20}, "tumour_measurements"),
    )),
    Experiment("clinical/progression", "clinical", "How fast does it get worse?",
               grid={"alpha": (0.1, 1, 10)}, trainings=(
        Training("progression-1", 180, RIDGE, {"alpha": 1}, "diabetes_cohort"),
        Training("progression-2", 50, NEIGHBOURS, {"n_neighbors": 7}, "diabetes_cohort"),
        Training("exercise-1", 70, RIDGE, {"alpha": 0.5}, "exercise_trial"),
    )),
    Experiment("demand/weekly-forecast", "demand", "Units sold per shop and week",
               grid={"n_neighbors": (3, 5, 9)}, trainings=(
        Training("forecast-1", 110, RIDGE, {"alpha": 1}, "weekly_sales"),
        Training("forecast-2", 20, NEIGHBOURS, {"n_neighbors": 9}, "weekly_sales"),
        Training("stock-1", 100, RIDGE, {"alpha": 2}, "weekly_sales"),
        Training("stock-2", 25, RIDGE, {"alpha": 4}, "weekly_sales"),
        Training("prices-1", 40, FOREST, {"n_estimators": 10}, "wine_catalogue", record_dataset=False),
    )),
    Experiment("documents/form-digits", "documents", "Digits on scanned forms", trainings=(
        Training("digits-1", 95, TREE, {"max_depth": 10}, "scanned_digits"),
        Training("digits-2", 15, LOGISTIC, {"C": 0.1, "max_iter": 30}, "scanned_digits",
                 notes={"storage": SECRET, **_TOKENS}),
    )),
    Experiment("documents/contract-summaries", "documents", "Prompt trials; nothing registered yet", trainings=(
        Training("summary-1", 18, notes={"temperature": "0.2", **_TOKENS}),
        Training("summary-2", 11, notes={"temperature": "0.7", **_TOKENS}),
        Training("summary-3", 1, notes={"temperature": "0.4", **_TOKENS}, status="RUNNING"),
    )),
)  # fmt: skip

MODELS = (
    Model("card-fraud-detector", "fraud", "perfectly governed, with a challenger", (),
          "Scores every card payment before it is authorised.", use_case="UC-FRAUD-01", risk="high", versions=(
        Version("cards-1", about="First linear baseline."),
        Version("cards-2", about="Single tree, kept for comparison."),
        Version("cards-3", ("champion",), about="Forest approved by the fraud board.",
                tags={"governance.artifact_digest": "sha256:5b0c9d1e7f3a48c2b6d4e8f09a1c3b5d"}),
        Version("cards-4", ("challenger",), about="Deeper forest, in shadow mode."),
    )),
    Model("account-takeover-score", "fraud", "perfectly governed, still on legacy stages", (),
          "Risk that a session was taken over.", use_case="UC-FRAUD-01", risk="high",
          owner="ana.ruiz@example.com", versions=(
        Version("takeover-1", stage="Archived", origin="run"),
        Version("takeover-2", stage="Production", origin="run", about="Linear score, easier to explain."),
    )),
    Model("credit-default-risk", "credit", "perfectly governed, with an explicit record key", (),
          "Probability that a loan defaults within a year.", use_case="UC-CREDIT-02", risk="high",
          owner="ana.ruiz@example.com", record="credit-default", versions=(
        Version("default-1"),
        Version("default-2", ("champion", "production"), tags={"validated_by": "model-risk"}),
        Version("default-3", ("challenger",)),
    )),
    Model("demand-forecast", "demand", "registered without a run id; lineage found through the logged model", (),
          "Units sold per shop and week, four weeks ahead.", use_case="UC-DEMAND-05", risk="low", versions=(
        Version("forecast-1"),
        Version("forecast-2", ("production",), origin="runless"),
    )),
    Model("credit-limit-advisor", "credit", "nobody owns it", ("ownership.owner.missing",),
          "Suggests a limit for new cards.", use_case="UC-CREDIT-02", owner="", versions=(
        Version("limits-1"),
        Version("limits-2", ("champion",)),
    )),
    Model("partner-bureau-score", "credit", "uploaded by a partner from a plain path: no lineage, no signature",
          ("lineage.run.missing", "lineage.dataset.missing", "evaluation.metrics.missing"),
          "Score delivered by an outside bureau.", use_case="UC-CREDIT-02", risk="high", versions=(
        Version("default-1", ("production",), origin="upload"),
    )),
    Model("merchant-risk-tier", "fraud", "no description, no metric",
          ("documentation.description.missing", "evaluation.metrics.missing"),
          "", use_case="UC-FRAUD-01", versions=(
        Version("merchants", ("champion",)),
    )),
    Model("mule-account-ranker", "fraud", "not in production: no governed record", None,
          "Ranks accounts that may move stolen money.", use_case="UC-FRAUD-01", versions=(
        Version("mules-1"),
        Version("mules-2", ("challenger",)),
    )),
    Model("tumour-malignancy", "clinical", "the approval of its use case has expired", ("use_case.not_approved",),
          "Second reader for biopsy measurements.", use_case="UC-CLIN-03", risk="high", versions=(
        Version("tumour-1"),
        Version("tumour-2", ("champion",)),
    )),
    Model("disease-progression", "clinical", "no business use case", ("use_case.missing",),
          "Progression of diabetes one year after baseline.", risk="high", versions=(
        Version("progression-1", ("production",)),
        Version("progression-2", ("challenger",)),
    )),
    Model("exercise-response", "clinical", "owner is a bare login, data set is a bare name, approval expired",
          ("ownership.owner.unresolved", "lineage.dataset.unresolved", "use_case.not_approved"),
          "Weight, waist and pulse after exercise.", use_case="UC-CLIN-03", owner="jdoe", versions=(
        Version("exercise-1", ("champion",)),
    )),
    Model("stock-replenishment", "demand", "the run behind it was deleted", ("lineage.run.deleted",),
          "Units to order per shop.", use_case="UC-DEMAND-05", risk="low", versions=(
        Version("stock-1"),
        Version("stock-2", ("champion",), delete_run=True),
    )),
    Model("price-tier-classifier", "demand", "no training data recorded", ("lineage.dataset.missing",),
          "Puts a wine into one of three price tiers.", use_case="UC-DEMAND-05", risk="low", versions=(
        Version("prices-1", ("production",)),
    )),
    Model("form-digit-reader", "documents", "use case only proposed; a storage key among the run's parameters",
          ("use_case.not_approved", "security.secret_removed"),
          "Reads digits from scanned forms.", use_case="UC-DOC-04", versions=(
        Version("digits-1"),
        Version("digits-2", ("champion",)),
    )),
)  # fmt: skip


def stories() -> list[tuple[str, tuple[str, ...]]]:
    """(model name, ids of the rules its production version must break), for every model in production.

    Governed models have an empty tuple. Rules about policies, reviews and retirement depend on configuration and dates
    and are not listed.
    """
    return [(model.name, model.rules) for model in MODELS if model.rules is not None]
