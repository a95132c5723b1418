using Crater.Lab.Api.Ownership;

namespace Crater.Lab.Api;

/// <summary>What a writer asked for beside the object.</summary>
internal sealed record WriteOptions
{
    /// <summary>Everything is checked and answered, nothing is stored.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>What would be written is only to be seen, before webhooks have changed it: it is not validated yet.</summary>
    public bool IsUnchecked { get; init; }

    /// <summary>Strict refuses unknown fields, Warn tells them, Ignore is silent; they are never stored.</summary>
    public string FieldValidation { get; init; } = "Ignore";

    /// <summary>Who writes, as managedFields names it.</summary>
    public string Manager { get; init; } = ManagedFields.Controllers;

    /// <summary>The subresource that the write came by, where it is not the one that is written: scale.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Server-side apply: the object brings its managers.</summary>
    public bool IsApply { get; init; }

    /// <summary>What makes the new object is a patch, so that what is wrong with it is said of the patch.</summary>
    public bool IsPatch { get; init; }

    /// <summary>Fields that came more than once.</summary>
    public IReadOnlyList<string> Duplicates { get; init; } = [];

    /// <summary>What the answer warns of.</summary>
    public List<string> Warnings { get; } = [];
}
