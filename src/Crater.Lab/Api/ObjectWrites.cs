using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crater.Lab.Api.Admission;
using Crater.Lab.Api.Ownership;
using Crater.Lab.Store;

namespace Crater.Lab.Api;

/// <summary>Creates and updates objects of whatever kind: checked against their type, defaulted, validated, versioned.</summary>
internal sealed class ObjectWrites(ResourceStore store, TimeProvider clock)
{
    /// <summary>The letters of generated names: Kubernetes leaves out what could make a word or be misread.</summary>
    public const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    private readonly ServiceAddresses _addresses = new(store);

    public JsonObject Create(ResourceKind kind, string space, JsonObject read, WriteOptions options)
    {
        ObjectChecks.Type(kind, read, options);
        var metadata = read.Make("metadata");
        if (kind.IsNamespaced)
        {
            Place(kind, space, read, metadata);
        }
        else
        {
            metadata.Remove("namespace");
        }

        if (read.Name().Length == 0 && read.Text("metadata", "generateName") is { Length: > 0 } prefix)
        {
            metadata["name"] = prefix + RandomNumberGenerator.GetString(NameLetters, 5);
        }

        var managers = options.IsApply ? metadata["managedFields"]?.DeepClone() : null;
        read = Conversion.ToStored(kind, read);
        Stamp(kind, read, metadata);
        Defaults.Apply(kind, read, previous: null);
        Own(kind, [], read, null, managers, "", options);
        PodAdmission.Check(store, kind, read);
        LimitAdmission.Apply(store, kind, read);
        Defaults.Admit(kind, read);
        if (options.IsUnchecked)
        {
            return read;
        }

        Validation.Check(kind, read, previous: null);
        _addresses.Assign(kind, read);
        if (store.Peek(kind.StoreName, read.Space(), read.Name()) is { } present)
        {
            throw present.IsEnding()
                ? new ApiException(409, "AlreadyExists", $"object is being deleted: {kind.Qualified} \"{read.Name()}\" already exists")
                {
                    Details = ApiException.AlreadyExists(kind.Qualified, read.Name()).Details,
                }
                : ApiException.AlreadyExists(kind.Qualified, read.Name());
        }

        if (options.IsDryRun)
        {
            QuotaAdmission.Check(store, kind, read);
            return read;
        }

        try
        {
            return Store(kind, read);
        }
        catch (StoreConflictException)
        {
            throw ApiException.AlreadyExists(kind.Qualified, read.Name());
        }
    }

    /// <summary>Where quotas count, one creation at a time: two at once could both be the last that fits.</summary>
    private JsonObject Store(ResourceKind kind, JsonObject made)
    {
        if (made.Space().Length == 0 || store.Scan("resourcequotas", made.Space()).Items.Count == 0)
        {
            return store.Create(kind.StoreName, made);
        }

        lock (store)
        {
            QuotaAdmission.Check(store, kind, made);
            var created = store.Create(kind.StoreName, made);
            QuotaAdmission.Count(store, made.Space());
            return created;
        }
    }

    /// <param name="subresource">"" for the object itself, status, or <see cref="EphemeralRules.Subresource"/>.</param>
    /// <param name="change">Makes the new object from a copy of the served one; called while nobody else can write.</param>
    public JsonObject Update(
        ResourceKind kind, string space, string name, string subresource, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        void Apply(JsonObject stored) => Change(kind, stored, subresource, change, options, name);
        if (options.IsDryRun)
        {
            var copy = store.Get(kind.StoreName, space, name) ?? throw ApiException.NotFound(kind.Qualified, name);
            Apply(copy);
            return copy;
        }

        return store.Modify(kind.StoreName, space, name, Apply) ?? throw ApiException.NotFound(kind.Qualified, name);
    }

    /// <summary>What an update would make of an object.</summary>
    public JsonObject Preview(ResourceKind kind, JsonObject before, string subresource, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        var copy = before.DeepClone().AsObject();
        Change(kind, copy, subresource, change, options, before.Name());
        return copy;
    }

    private void Change(ResourceKind kind, JsonObject stored, string subresource, Func<JsonObject, JsonObject> change, WriteOptions options, string name)
    {
        var before = stored.DeepClone().AsObject();
        var served = Conversion.ToServed(kind, before);
        var read = change(served.DeepClone().AsObject());
        ObjectChecks.Type(kind, read, options);
        ObjectChecks.Identity(kind, stored.Space(), name, before, read, options.IsPatch || options.IsApply);
        var asked = read.Map("metadata")?["managedFields"] is { } given ? new JsonObject { ["metadata"] = new JsonObject { ["managedFields"] = given.DeepClone() } } : null;
        var after = Merge(kind, subresource, before, Conversion.ToStored(kind, read));
        Defaults.Apply(kind, after, before);
        Own(kind, before, after, subresource.Length == 0 ? asked : null, asked.At("metadata", "managedFields"), subresource, options);
        if (kind.Kind == "Pod" && subresource.Length == 0 && after.Map("spec") is { } spec)
        {
            PodDefaults.Tolerate(spec);
        }

        if (!options.IsUnchecked)
        {
            ObjectChecks.AsPatch(read, options.IsPatch, () => Validation.Check(kind, after, before, subresource));
            _addresses.Assign(kind, after);
        }

        CountGeneration(kind, before, after);
        stored.Clear();
        foreach (var (key, value) in after.ToList())
        {
            after.Remove(key);
            stored[key] = value;
        }
    }

    /// <summary>Server-side apply: creates what is not there, merges what is.</summary>
    /// <exception cref="ApiException">Conflict: a field belongs to another manager.</exception>
    public (JsonObject Object, bool IsNew) Apply(
        ResourceKind kind, string space, string name, string subresource, JsonObject config, bool force, WriteOptions options)
    {
        var (made, change) = Applied(kind, space, name, subresource, config, force, options);
        return made is not null ? (Create(kind, space, made, options), true) : (Update(kind, space, name, subresource, change!, options), false);
    }

    /// <summary>What server-side apply is to create, or else what it changes.</summary>
    public (JsonObject? Made, Func<JsonObject, JsonObject>? Change) Applied(
        ResourceKind kind, string space, string name, string subresource, JsonObject config, bool force, WriteOptions options)
    {
        AppliedCheck.Check(kind, space, name, config);
        var by = new Manager(options.Manager, Manager.Apply, kind.ApiVersion, subresource);
        var now = clock.GetUtcNow().Stamp();
        if (kind.Has("status") && subresource.Length == 0)
        {
            config.Remove("status");
        }

        if (subresource.Length > 0 || store.Peek(kind.StoreName, space, name) is not null)
        {
            return (null, served => ManagedFields.Apply(kind, served, config, by, force, now));
        }

        if (config.Uid() is { Length: > 0 } uid)
        {
            throw ApiException.Conflict(kind.Qualified, name,
                $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        }

        var live = new JsonObject { ["apiVersion"] = kind.ApiVersion, ["kind"] = kind.Kind, ["metadata"] = new JsonObject { ["name"] = name } };
        var made = ManagedFields.Apply(kind, live, config, by, force, now);
        made.Map("metadata")!.Remove("resourceVersion");
        return (made, null);
    }

    /// <summary>Writes down who owns what from now on.</summary>
    /// <param name="managers">What server-side apply has made of them.</param>
    private void Own(
        ResourceKind kind, JsonObject before, JsonObject after, JsonObject? asked, JsonNode? managers, string subresource, WriteOptions options)
    {
        if (options.IsApply)
        {
            after.Make("metadata")["managedFields"] = managers?.DeepClone();
            return;
        }

        var by = new Manager(options.Manager, Manager.Update, kind.ApiVersion, options.Subresource.Length > 0 ? options.Subresource : subresource);
        var changes = options.Subresource == "scale" ? FieldCompare.Compare(ScaleCalls.Counted(kind, before), ScaleCalls.Counted(kind, after), kind) : null;
        ManagedFields.Track(kind, before, after, asked, by, clock.GetUtcNow().Stamp(), changes);
    }

    private void Place(ResourceKind kind, string space, JsonObject read, JsonObject metadata)
    {
        if (read.Space() is { Length: > 0 } named && named != space)
        {
            throw ApiException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata["namespace"] = space;
        var home = store.Peek("namespaces", "", space) ?? throw ApiException.NotFound("namespaces", space);
        if (home.IsEnding() && kind.Plural != "events")
        {
            throw ApiException.Forbidden(kind.Qualified, read.Name(),
                $"unable to create new content in namespace {space} because it is being terminated");
        }
    }

    private void Stamp(ResourceKind kind, JsonObject read, JsonObject metadata)
    {
        if (metadata.Text("resourceVersion").Length > 0)
        {
            throw ApiException.BadRequest("resourceVersion should not be set on objects to be created");
        }

        foreach (var system in (string[])["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation", "managedFields", "resourceVersion"])
        {
            metadata.Remove(system);
        }

        metadata["uid"] = Uids.New();
        metadata["creationTimestamp"] = clock.GetUtcNow().Stamp();
        if (kind.CountsGenerations)
        {
            metadata["generation"] = 1;
        }

        if (kind.Has("status") && kind.Plural != "nodes")
        {
            read.Remove("status");
        }
    }

    /// <summary>The new object with what the writer may not change as it was.</summary>
    private static JsonObject Merge(ResourceKind kind, string subresource, JsonObject before, JsonObject read)
    {
        if (subresource.Length > 0)
        {
            var kept = before.DeepClone().AsObject();
            string[] path = subresource == EphemeralRules.Subresource ? ["spec", "ephemeralContainers"] : ["status"];
            kept.Make(path.AsSpan(..^1))[path[^1]] = read.At(path)?.DeepClone();
            return kept;
        }

        var metadata = read.Make("metadata");
        if (metadata["deletionTimestamp"] is { } ending && before.At("metadata", "deletionTimestamp") is null)
        {
            var errors = new FieldErrors();
            errors.Invalid("metadata.deletionTimestamp", ending, "field is immutable");
            errors.Throw(kind, before.Name());
        }

        if (kind.Plural == "namespaces" && subresource.Length == 0 && before.At("spec", "finalizers") is { } held)
        {
            // Those of the namespace itself are for its finalize subresource alone.
            read.Make("spec")["finalizers"] = held.DeepClone();
        }

        foreach (var system in (string[])["namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
            "resourceVersion", "generation", "generateName", "selfLink"])
        {
            metadata.Remove(system);
            if (before.At("metadata", system) is { } value)
            {
                metadata[system] = value.DeepClone();
            }
        }

        metadata.Remove("managedFields");
        if (kind.Has("status"))
        {
            read.Remove("status");
            if (before["status"] is { } status)
            {
                read["status"] = status.DeepClone();
            }
        }

        return read;
    }

    private static void CountGeneration(ResourceKind kind, JsonObject before, JsonObject after)
    {
        if (kind.CountsGenerations && after.Any(pair => pair.Key is not ("metadata" or "status") && !JsonNode.DeepEquals(pair.Value, before[pair.Key])))
        {
            after.Make("metadata")["generation"] = (before.Number("metadata", "generation") ?? 0) + 1;
        }
    }
}
