using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission.Webhooks;

/// <summary>
/// Writes that webhooks are asked about. They are asked while nobody waits for the store: what they have seen is written only if the object is still
/// the one that they have seen, else they are asked again.
/// </summary>
internal sealed class AdmittedWrites(ResourceStore store, ObjectWrites writes, WebhookAdmission webhooks)
{
    /// <summary>How often a write is begun again because somebody else was faster.</summary>
    private const int TriesMax = 5;

    public async Task<JsonObject> CreateAsync(ApiRequest request, JsonObject body, WriteOptions options)
    {
        if (!webhooks.IsAsked(request.Kind))
        {
            return writes.Create(request.Kind, request.Space, body, options);
        }

        // Where the body misses what even a preview needs, it is refused as it would be without webhooks.
        var preview = Bare(Conversion.ToServed(request.Kind, writes.Create(request.Kind, request.Space, body, Preview(options))));
        var mutated = await webhooks.MutateAsync(Question(request, "CREATE", preview, null), options.Warnings, request.Http.RequestAborted);
        var made = writes.Create(request.Kind, request.Space, mutated!.DeepClone().AsObject(), options with { IsDryRun = true });
        var question = Question(request, "CREATE", Conversion.ToServed(request.Kind, made), null);
        await webhooks.ValidateAsync(question, options.Warnings, request.Http.RequestAborted);
        return options.IsDryRun ? made : writes.Create(request.Kind, request.Space, mutated, options);
    }

    /// <param name="change">Makes the new object from a copy of the served one.</param>
    public async Task<JsonObject> UpdateAsync(
        ApiRequest request, string subresource, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        var (kind, space, name) = (request.Kind, request.Space, request.Name);
        if (!webhooks.IsAsked(kind))
        {
            return writes.Update(kind, space, name, subresource, change, options);
        }

        for (var tries = 1; ; tries++)
        {
            var before = store.Get(kind.StoreName, space, name) ?? throw ApiException.NotFound(kind.Qualified, name);
            var old = Conversion.ToServed(kind, before);
            var preview = writes.Preview(kind, before, subresource, change, Preview(options));
            var mutated = await webhooks.MutateAsync(
                Question(request, "UPDATE", Conversion.ToServed(kind, preview), old), options.Warnings, request.Http.RequestAborted);
            var asMutated = After(preview, mutated!, kind, change, options);
            var made = writes.Preview(kind, before, subresource, asMutated, options);
            await webhooks.ValidateAsync(Question(request, "UPDATE", Conversion.ToServed(kind, made), old), options.Warnings, request.Http.RequestAborted);
            if (options.IsDryRun)
            {
                return made;
            }

            var version = before.Text("metadata", "resourceVersion");
            try
            {
                return writes.Update(kind, space, name, subresource,
                    current => current.Text("metadata", "resourceVersion") == version ? asMutated(current) : throw new OvertakenException(), options);
            }
            catch (OvertakenException) when (tries < TriesMax)
            {
                // Another writer was faster: what the webhooks said was about another object.
            }
            catch (OvertakenException)
            {
                throw ApiException.Conflict(kind.Qualified, name, "the object has been modified; please apply your changes to the latest version and try again");
            }
        }
    }

    public async Task<(JsonObject Object, bool IsNew)> ApplyAsync(
        ApiRequest request, string subresource, JsonObject config, bool force, WriteOptions options)
    {
        if (!webhooks.IsAsked(request.Kind))
        {
            return writes.Apply(request.Kind, request.Space, request.Name, subresource, config, force, options);
        }

        var (isNew, made) = writes.Applied(request.Kind, request.Space, request.Name, subresource, config, force, options);
        return isNew is not null
            ? (await CreateAsync(request, isNew, options), true)
            : (await UpdateAsync(request, subresource, made!, options), false);
    }

    /// <exception cref="ApiException">A webhook refuses.</exception>
    public async Task DeletingAsync(ApiRequest request, string space, string name, bool isDryRun)
    {
        if (webhooks.IsAsked(request.Kind) && store.Get(request.Kind.StoreName, space, name) is { } stored)
        {
            List<string> warnings = [];
            var question = Question(request, "DELETE", null, Conversion.ToServed(request.Kind, stored)) with { Space = space, Name = name, IsDryRun = isDryRun };
            await webhooks.MutateAsync(question, warnings, request.Http.RequestAborted);
            await webhooks.ValidateAsync(question, warnings, request.Http.RequestAborted);
            WriteCalls.Warn(request, warnings);
        }
    }

    /// <summary>Where no webhook has changed anything the change itself is made, so that nothing differs from a write without webhooks.</summary>
    private static Func<JsonObject, JsonObject> After(
        JsonObject preview, JsonObject mutated, ResourceKind kind, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        if (JsonNode.DeepEquals(Conversion.ToServed(kind, preview), mutated))
        {
            return change;
        }

        return _ =>
        {
            var made = mutated.DeepClone().AsObject();
            if (!options.IsApply)
            {
                // Who owns what is counted anew, from what is really written.
                made.Map("metadata")?.Remove("managedFields");
            }

            return made;
        };
    }

    private static WriteOptions Preview(WriteOptions options) => options with { IsDryRun = true, IsUnchecked = true };

    /// <summary>Without what the server gives to an object when it is stored.</summary>
    private static JsonObject Bare(JsonObject served)
    {
        var bare = served.DeepClone().AsObject();
        foreach (var system in (string[])["uid", "creationTimestamp", "resourceVersion", "generation"])
        {
            bare.Map("metadata")?.Remove(system);
        }

        return bare;
    }

    private static AdmissionQuestion Question(ApiRequest request, string operation, JsonObject? made, JsonObject? old)
    {
        var options = new JsonObject();
        foreach (var name in (string[])["fieldManager", "fieldValidation"])
        {
            if (request.Query(name) is { Length: > 0 } value)
            {
                options[name] = value;
            }
        }

        return new AdmissionQuestion(request.Kind, request.Space, request.Name.Length > 0 ? request.Name : made.Name(), request.Subresource, operation, made, old, request.User)
        {
            IsDryRun = request.IsDryRun,
            Options = options,
        };
    }

    private sealed class OvertakenException : Exception;
}
