using Crater.Lab.Store;

namespace Crater.Lab.Controllers;

/// <param name="Resource">The name in the store: plural, with the group where there is one.</param>
internal readonly record struct ObjectKey(string Resource, string Space, string Name)
{
    public static ObjectKey Of(StoreEvent change) => new(change.Resource, change.Object.Space(), change.Object.Name());
}

/// <summary>Brings one kind of object nearer to what it asks for, one step at a time, from what is in the store alone.</summary>
internal interface IController
{
    /// <summary>Which objects a change gives this controller reason to look at.</summary>
    IEnumerable<ObjectKey> Concerned(StoreEvent change);

    /// <summary>Looks at one object (that may be gone) and does what is to be done now.</summary>
    /// <returns>When to look again even if nothing changes; null for never.</returns>
    TimeSpan? Reconcile(ObjectKey key);
}
