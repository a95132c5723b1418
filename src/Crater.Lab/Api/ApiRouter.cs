using System.Text.Json.Nodes;
using Crater.Lab.Api.Access;
using Crater.Lab.Api.Admission.Webhooks;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>Finds out what a request asks for and who answers it.</summary>
internal sealed class ApiRouter : IDisposable
{
    /// <summary>The real API server's limit for a request body: 3 MiB.</summary>
    public const int BodyBytesMax = 3 * 1024 * 1024;

    private readonly CancellationTokenSource _stopping = new();
    private readonly ResourceCatalogue _catalogue;
    private readonly ReadCalls _reads;
    private readonly WriteCalls _writes;
    private readonly DeleteCalls _deletes;
    private readonly SubresourceCalls _subresources;
    private readonly AccessRules _access;
    private readonly AccessReviews _reviews;
    private readonly MetricsCalls _metrics;
    private readonly RequestCounts _counts;
    private readonly WebhookAdmission _webhooks;

    public ApiRouter(ResourceStore store, IPodRuntime runtime, AccountTokens tokens, TimeProvider clock)
    {
        _catalogue = new ResourceCatalogue(store);
        var writes = new ObjectWrites(store, clock);
        _reads = new ReadCalls(store, clock, _stopping.Token);
        _webhooks = new WebhookAdmission(store, () => _catalogue.All);
        var admitted = new AdmittedWrites(store, writes, _webhooks);
        _writes = new WriteCalls(admitted);
        _deletes = new DeleteCalls(store, new ObjectDeletion(store, clock), admitted, _reads);
        _subresources = new SubresourceCalls(store, writes, runtime, tokens, clock, _stopping.Token);
        _access = new AccessRules(store);
        _reviews = new AccessReviews(_access, tokens);
        _metrics = new MetricsCalls(store, runtime, clock);
        _counts = new RequestCounts(store);
    }

    public async Task AnswerAsync(HttpContext http)
    {
        var asked = ApiRequest.Read(http, _catalogue.Find);
        await AnswerAsync(http, asked);
        if (asked is not null)
        {
            _counts.Count(asked, VerbOf(asked));
        }
    }

    private async Task AnswerAsync(HttpContext http, ApiRequest? asked)
    {
        try
        {
            await RouteAsync(http, asked);
        }
        catch (ApiException refused) when (!http.Response.HasStarted)
        {
            await StatusAnswer.WriteAsync(http, refused);
        }
        catch (StoreConflictException conflict) when (!http.Response.HasStarted)
        {
            await StatusAnswer.WriteAsync(http, new ApiException(conflict.Reason == "Expired" ? 410 : 409, conflict.Reason, conflict.Message));
        }
        catch (OperationCanceledException)
        {
            // The reader has left or the server stops: there is nobody to answer.
        }
        catch (Exception broken) when (!http.Response.HasStarted)
        {
            await StatusAnswer.WriteAsync(http, new ApiException(500, "InternalError", $"Internal error occurred: {broken.Message}"));
        }
    }

    public Task StopWatchesAsync() => _stopping.CancelAsync();

    public void Dispose()
    {
        _webhooks.Dispose();
        _stopping.Dispose();
    }

    private async Task RouteAsync(HttpContext http, ApiRequest? asked)
    {
        if (HealthCalls.Find(http.Request.Path) is { } health)
        {
            await HealthCalls.AnswerAsync(http, health);
            return;
        }

        if (http.Request.Path.Value == OpenApi.SecondVersionPath)
        {
            await OpenApi.AnswerSecondAsync(http);
            return;
        }

        if (_catalogue.Document(http) is { } document)
        {
            await StatusAnswer.WriteAsync(http, 200, document.Body, document.ContentType);
            return;
        }

        if (asked is null)
        {
            await PathAsync(http);
            return;
        }

        var request = asked with { User = AccessRules.UserOf(http) };
        if (Deprecated(request.Kind) is { } warning)
        {
            WriteCalls.Warn(request, [warning]);
        }

        _access.Check(request, VerbOf(request));
        if (request.Kind.Group is "authorization.k8s.io" or "authentication.k8s.io")
        {
            await _reviews.AnswerAsync(request);
        }
        else if (request.Kind.Group == "metrics.k8s.io")
        {
            await _metrics.AnswerAsync(request);
        }
        else if (request.Kind.Kind == ComponentCalls.Kind)
        {
            await ComponentCalls.AnswerAsync(request, _reads);
        }
        else if (request.Subresource.Length > 0)
        {
            await _subresources.AnswerAsync(request, _reads, _writes);
        }
        else
        {
            await ResourceAsync(request);
        }
    }

    private static string? Deprecated(ResourceKind kind) => kind switch
    {
        { Group: "", Plural: "componentstatuses" } => "v1 ComponentStatus is deprecated in v1.19+",
        { Group: "", Plural: "endpoints" } => "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        _ => null,
    };

    /// <summary>What is no resource: who may not ask for a path is not told whether it is there.</summary>
    private Task PathAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        _access.CheckPath(AccessRules.UserOf(http), path, http.Request.Method.ToLowerInvariant());
        return path == RequestCounts.Path && HttpMethods.IsGet(http.Request.Method) ? _counts.AnswerAsync(http) : throw ApiException.UnknownPath();
    }

    private Task ResourceAsync(ApiRequest request)
    {
        var verb = VerbOf(request);
        MediaTypes.CheckAccepted(request.Http.Request, isList: verb is "list" or "watch");
        _ = AcceptedForm.Of(request.Http);
        if (!request.Kind.Can(verb))
        {
            throw ApiException.MethodNotAllowed();
        }

        return verb switch
        {
            "get" => _reads.GetAsync(request),
            "list" => _reads.ListAsync(request),
            "watch" => _reads.WatchAsync(request),
            "create" => request.Kind.Plural == "bindings" ? _subresources.BindAsync(request) : _writes.CreateAsync(request, _reads),
            "update" => _writes.UpdateAsync(request, _reads),
            "patch" => _writes.PatchAsync(request, _reads),
            "delete" => _deletes.DeleteAsync(request),
            "deletecollection" => _deletes.DeleteCollectionAsync(request),
            _ => throw ApiException.MethodNotAllowed(),
        };
    }

    private static string VerbOf(ApiRequest request) => request.Http.Request.Method switch
    {
        "GET" or "HEAD" => request.IsWatch ? "watch" : request.Name.Length == 0 ? "list" : "get",
        "POST" => request.Name.Length == 0 || request.Subresource.Length > 0 ? "create" : "",
        "PUT" => request.Name.Length > 0 ? "update" : "",
        "PATCH" => request.Name.Length > 0 ? "patch" : "",
        "DELETE" => request.Name.Length > 0 ? "delete" : "deletecollection",
        _ => "",
    };
}
