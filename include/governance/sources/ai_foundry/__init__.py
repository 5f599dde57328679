"""Azure AI Foundry: accounts (AIServices, OpenAI), their projects, deployments and agents.

Two services answer: Azure Resource Manager (accounts, projects, deployments, policies, connections) and each project's
own data plane (agents, datasets, indexes, evaluations). They fail apart: what one refuses costs nothing of the other.

What a read costs, at most, in requests (a page of ARM and of the data plane is what the service sends; a listing that
fits in one page is one request):

    1 x accounts' pages                                   all kinds come, other services' accounts are passed over
    + A x 5     models, deployments, RAI policies, connections, projects of each account
    + P x 7     connections, datasets, indexes, evaluation rules, evaluations, agents and classic agents of each project
    + G x 1     versions of each agent
    + P + 2 x S where `preview` is on: applications of each project, deployments of each application (the second
                request only where the first spelling of its path is not known)
    + 2         where `access` is on: role assignments and role definitions of the subscription
    + further pages of each of them (agents, versions and evaluations come 100 a page)

for A accounts, P projects, G agents and S applications in scope. Of datasets and indexes the listing gives the latest
version of each; older ones are not listed.
"""
