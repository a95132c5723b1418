using System.Text.Json.Nodes;

namespace Crater.Lab.Store;

/// <summary>What happened to one object.</summary>
public enum StoreChange { Added, Modified, Deleted }

/// <param name="Resource">Plural with group where it has one: <c>pods</c>, <c>deployments.apps</c>.</param>
/// <param name="Version">The resourceVersion that the change got.</param>
/// <param name="Object">The object after the change (before it, for Deleted); shared, so never modified by a reader.</param>
/// <param name="Previous">The object before a modification; null otherwise. A watcher with a selector needs it to see an object leave its view.</param>
public sealed record StoreEvent(StoreChange Change, string Resource, long Version, JsonObject Object, JsonObject? Previous);

/// <summary>The update was based on another version than the stored one, or the name is taken, or the object is not there.</summary>
public sealed class StoreConflictException(string reason, string message) : Exception(message)
{
    /// <value>Kubernetes' own word: Conflict, AlreadyExists, NotFound or Expired.</value>
    public string Reason { get; } = reason;
}
