using System.Text.Json.Nodes;
using Crater.Lab.Api.Tables;
using Crater.Lab.Store;
using Microsoft.AspNetCore.Http;

namespace Crater.Lab.Api;

/// <summary>get, list and watch, in the form that the client accepts: the objects, their metadata, or a table.</summary>
internal sealed class ReadCalls(ResourceStore store, TimeProvider clock, CancellationToken stopping)
{
    public Task GetAsync(ApiRequest request)
    {
        if (request.Kind.IsNamespaced && request.Space.Length == 0)
        {
            throw ApiException.UnknownPath();
        }

        ListOptions.CheckVersion(request.Query("resourceVersion"), store);
        var found = store.Peek(request.Kind.StoreName, request.Space, request.Name)
            ?? throw ApiException.NotFound(request.Kind.Qualified, request.Name);
        return AnswerAsync(request, 200, found);
    }

    /// <summary>One object as the client wants it.</summary>
    public Task AnswerAsync(ApiRequest request, int code, JsonObject stored)
    {
        var served = Conversion.ToServed(request.Kind, stored);
        var form = AcceptedForm.Of(request.Http);
        form.Check(request.Kind, isList: false);
        var body = form.Form switch
        {
            AnswerForm.Table => Table(request, form, [served], store.Version, "", withColumns: true),
            AnswerForm.Metadata => form.MetadataOf(served),
            _ => served,
        };
        return StatusAnswer.WriteAsync(request.Http, code, body);
    }

    public Task ListAsync(ApiRequest request)
    {
        AcceptedForm.Of(request.Http).Check(request.Kind, isList: true);
        return AnswerAsync(request, ListPage.Read(request, store, Selection.Read(request)));
    }

    /// <summary>A list, or a piece of one, as the client wants it.</summary>
    public Task AnswerAsync(ApiRequest request, ListPage page)
    {
        var form = AcceptedForm.Of(request.Http);
        var served = page.Items.Select(item => Conversion.ToServed(request.Kind, item)).ToList();
        if (form.Form == AnswerForm.Table)
        {
            return StatusAnswer.WriteAsync(request.Http, 200, Table(request, form, served, page.Version, page.Continue, withColumns: true));
        }

        var isMetadata = form.Form == AnswerForm.MetadataList;
        return StatusAnswer.WriteListAsync(request.Http, new JsonObject
        {
            ["kind"] = isMetadata ? "PartialObjectMetadataList" : request.Kind.Kind + "List",
            ["apiVersion"] = isMetadata ? $"meta.k8s.io/{form.Version}" : request.Kind.ApiVersion,
            ["metadata"] = page.Metadata(),
        }, isMetadata ? served.Select(form.MetadataOf) : served, isTyped: !isMetadata && request.Kind.Definition is null);
    }

    /// <summary>The stored objects that a list or a deletion of many means.</summary>
    public (IReadOnlyList<JsonObject> Items, long Version) Matching(ApiRequest request, Selection selection)
    {
        var (items, version) = store.Scan(request.Kind.StoreName, request.Space.Length == 0 ? null : request.Space);
        return (selection.IsEverything ? items : items.Where(selection.Matches).ToList(), version);
    }

    public async Task WatchAsync(ApiRequest request)
    {
        ListOptions.CheckWatch(request);
        var selection = Selection.Read(request);
        if (request.Name.Length > 0)
        {
            selection = selection.And(request.Name);
        }

        var form = AcceptedForm.Of(request.Http);
        using var answer = new WatchAnswer(store, clock, request, selection, Form);
        await answer.WriteAsync(stopping);

        JsonObject Form(JsonObject stored, bool isFirst)
        {
            var served = Conversion.ToServed(request.Kind, stored);
            return form.Form switch
            {
                AnswerForm.Table => Table(request, form, [served], served.Number("metadata", "resourceVersion") ?? 0, "", isFirst),
                AnswerForm.Metadata or AnswerForm.MetadataList => form.MetadataOf(served),
                _ => served,
            };
        }
    }

    /// <exception cref="ApiException">BadRequest: rows cannot carry what is asked for.</exception>
    private JsonObject Table(ApiRequest request, AcceptedForm form, IReadOnlyList<JsonObject> items, long version, string next, bool withColumns)
    {
        var include = request.Query("includeObject");
        if (include is not ("" or "Metadata" or "Object" or "None"))
        {
            throw ApiException.BadRequest($"Unable to convert to Table as requested: includeObject: Invalid value: \"{include}\": must be 'Metadata', 'Object', 'None', or empty");
        }

        return TableAnswer.Of(request.Kind, items, version, next, include, withColumns, form, clock.GetUtcNow());
    }
}
