using System.Text.Json.Nodes;
using Crater.Lab.Api;
using Crater.Lab.Api.Ownership;
using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <summary>What every controller works with: the store, the clock, the API server's way to write and delete, and events.</summary>
internal sealed class Workbench(ResourceStore store, TimeProvider clock)
{
    public ResourceStore Store { get; } = store;

    public TimeProvider Clock { get; } = clock;

    public ObjectWrites Writes { get; } = new(store, clock);

    public ObjectDeletion Deletion { get; } = new(store, clock);

    public EventRecorder Events { get; } = new(store, clock);

    public DateTimeOffset Now => Clock.GetUtcNow();

    public JsonObject? Find(ObjectKey key) => Store.Peek(key.Resource, key.Space, key.Name);

    public JsonObject Create(string resource, JsonObject made) =>
        Writes.Create(ResourceTable.Stored(resource)!, made.Space(), made, new WriteOptions());

    /// <summary>Changes the specification or metadata of an object through the API server's rules, so that its generation counts.</summary>
    /// <param name="by">The subresource that a real controller writes it through, for the account of who owns what.</param>
    public JsonObject Update(string resource, JsonObject of, Action<JsonObject> change, string by = "") =>
        Writes.Update(ResourceTable.Stored(resource)!, of.Space(), of.Name(), "", current =>
        {
            current.Make("metadata").Remove("resourceVersion");
            change(current);
            return current;
        }, new WriteOptions { Subresource = by });

    /// <summary>Writes the status, if the object is still the same and the status differs.</summary>
    public void SetStatus(ObjectKey key, JsonObject of, Action<JsonObject> change) => Store.Modify(key.Resource, key.Space, key.Name, stored =>
    {
        if (stored.Uid() == of.Uid())
        {
            StatusWrites.Change(key.Resource, stored, ManagedFields.Controllers, Now, changed => change(changed.Make("status")));
        }
    });

    public void Delete(string resource, JsonObject gone, string? propagation = null) =>
        Deletion.Delete(resource, gone.Space(), gone.Name(), new DeletionOptions { Uid = gone.Uid(), Propagation = propagation });

    /// <summary>The objects of a resource in the owner's namespace whose controller the owner is.</summary>
    public List<JsonObject> Owned(string resource, JsonObject owner) =>
        [.. Store.Scan(resource, owner.Space()).Items.Where(item => Owners.ControllerOf(item).Text("uid") == owner.Uid())];

    /// <summary>Like <see cref="Owned"/>, after adopting what the selector matches and nobody controls, and letting go what it no longer matches.</summary>
    public List<JsonObject> Claimed(string resource, JsonObject owner)
    {
        var selector = owner.At("spec", "selector");
        if (!owner.IsEnding())
        {
            foreach (var orphan in Store.Scan(resource, owner.Space()).Items.Where(item =>
                Owners.ControllerOf(item) is null && !item.IsEnding() && ObjectSelector.Matches(selector, item.Labels())))
            {
                Store.Modify(resource, orphan.Space(), orphan.Name(), stored => Owners.Add(stored, owner));
            }

            foreach (var lost in Owned(resource, owner).Where(item => !item.IsEnding() && !ObjectSelector.Matches(selector, item.Labels())))
            {
                Store.Modify(resource, lost.Space(), lost.Name(), stored => Owners.Remove(stored, owner));
            }
        }

        return Owned(resource, owner);
    }
}
