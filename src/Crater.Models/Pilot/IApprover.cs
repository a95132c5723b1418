namespace Crater.Models.Pilot;

/// <summary>What a person is asked.</summary>
/// <param name="Title">What would be done, in one line.</param>
/// <param name="Details">Targets, durations, risk: a line each.</param>
/// <param name="Why">Why a person is asked at all.</param>
public sealed record ApprovalQuestion(string Title, IReadOnlyList<string> Details, string Why);

/// <summary>What a person says. Whoever cannot be asked has said no.</summary>
public enum ApprovalAnswer { No, Yes, Quit }

public interface IApprover
{
    Task<ApprovalAnswer> AskAsync(ApprovalQuestion question, CancellationToken abort);
}
