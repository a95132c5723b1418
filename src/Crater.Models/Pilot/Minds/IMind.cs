namespace Crater.Models.Pilot.Minds;

/// <summary>Who decides what is tried next: a model, the rules, or a recording. It only says what it wants; the session decides.</summary>
public interface IMind
{
    /// <summary>For example <c>rules</c>, or <c>model openai gpt-4o-mini</c>.</summary>
    string Name { get; }

    /// <exception cref="Diagnostics.CraterException">CRT7305 to CRT7314: why there is no answer.</exception>
    Task<ModelAnswer> NextAsync(IReadOnlyList<Message> messages, CancellationToken abort);
}
