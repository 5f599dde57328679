"""Azure Machine Learning as a source: workspaces, hubs, projects and registries of a subscription or resource group.

MLClient drives where that is cheap, records come from the raw ARM JSON (`listings` has the table), lineage carries the
rule that found it (`lineage`, `references`), metrics and datasets come from each workspace's MLflow (`mlflow_runs`).

Requests of a full read, at most, where pages(x) = items of x / page size of the service, rounded up, at least 1:

    pages(workspaces) + pages(registries)
  + pages(role assignments) + pages(role definitions)                                  with `access`
  + for each workspace:
        pages(datastores) + pages(connections) + pages(schedules) + pages(models) + pages(data) + pages(jobs)
      + pages(online endpoints) + pages(batch endpoints) + pages(serverless endpoints)
      + for each model, data asset, online and batch endpoint: pages(its versions or deployments)
      + pages(experiments, registered models, model versions, logged models, runs)     with `mlflow`
  + for each registry: 1 + pages(models) + for each model: pages(its versions)
  + retries: at most `attempts` - 1 for each of these

So a workspace of M models, D data assets, E endpoints and J jobs costs about 9 + M/20 + D/20 + J/page + M + D + E
requests and 5 of MLflow. Environments and components cost none: their rows are made of the references to them, so an
environment's image is not known. Nothing is asked for a single job, and no child runs (data plane) are listed: a
pipeline's steps show as jobs where the job listing or MLflow has them.

Versions of every container are listed again each time, archived ones too. ARM does not let us know which moved: a
container's lastModifiedAt stays what it was at its creation while versions are added, its latestVersion does not move
when the stage, tags or archive flag of a version are changed, and a version of any number can be added to it.
"""
