using System.Text;
using System.Text.Json.Nodes;
using Crater.Lab.Api.Expressions;
using Crater.Lab.Api.Patching;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission.Webhooks;

/// <summary>Asks the webhooks that a write concerns: first those that may change it, one after the other, then those that may only refuse it.</summary>
/// <param name="kinds">Every kind that is served, for webhooks that want an equivalent version.</param>
internal sealed class WebhookAdmission(ResourceStore store, Func<IEnumerable<ResourceKind>> kinds) : IDisposable
{
    private const string Mutating = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
    private const string Validating = "validatingwebhookconfigurations.admissionregistration.k8s.io";

    private readonly WebhookClient _client = new(store);

    /// <summary>Whether any webhook at all may have something to say about the kind; almost always not, and then nothing else is done.</summary>
    public bool IsAsked(ResourceKind kind) =>
        !WebhookRules.IsExempt(kind) && (store.Scan(Mutating).Items.Count > 0 || store.Scan(Validating).Items.Count > 0);

    /// <returns>The object as the mutating webhooks have made it.</returns>
    /// <exception cref="ApiException">A webhook refuses, or cannot be asked and must be.</exception>
    public async Task<JsonObject?> MutateAsync(AdmissionQuestion question, ICollection<string> warnings, CancellationToken stop)
    {
        Dictionary<(string, string), JsonObject?> seen = [];
        List<(JsonObject Webhook, string Configuration)> again = [];
        var asked = question;
        foreach (var (webhook, configuration) in Webhooks(Mutating))
        {
            asked = await MutateAsync(webhook, asked, warnings, stop);
            seen[(configuration, webhook.Text("name"))] = asked.Object;
            if (webhook.Text("reinvocationPolicy") == "IfNeeded")
            {
                again.Add((webhook, configuration));
            }
        }

        foreach (var (webhook, configuration) in again)
        {
            // Once more, and only if something was changed after it had seen the object.
            if (!JsonNode.DeepEquals(seen[(configuration, webhook.Text("name"))], asked.Object))
            {
                asked = await MutateAsync(webhook, asked, warnings, stop);
            }
        }

        return asked.Object;
    }

    /// <exception cref="ApiException">A webhook refuses, or cannot be asked and must be.</exception>
    public async Task ValidateAsync(AdmissionQuestion question, ICollection<string> warnings, CancellationToken stop)
    {
        var asking = Webhooks(Validating).Select(one => AskAsync(one.Webhook, question, stop)).ToList();
        await ((Task)Task.WhenAll(asking)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var one in asking)
        {
            if (await one is { } answer)
            {
                Warn(answer.Response, warnings);
            }
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>In the order of their configurations' names, as on a real server.</summary>
    private IEnumerable<(JsonObject Webhook, string Configuration)> Webhooks(string resource) =>
        store.Scan(resource).Items.SelectMany(configuration => configuration.Each("webhooks").Select(webhook => (webhook, configuration.Name())));

    private async Task<AdmissionQuestion> MutateAsync(JsonObject webhook, AdmissionQuestion question, ICollection<string> warnings, CancellationToken stop)
    {
        if (await AskAsync(webhook, question, stop) is not { } answer)
        {
            return question;
        }

        Warn(answer.Response, warnings);
        if (answer.Response.Text("patch") is not { Length: > 0 } patch || question.Object is null)
        {
            return question;
        }

        try
        {
            var operations = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(patch)))!;
            var patched = JsonPatch.Apply(operations, question.In(answer.Kind, question.Object)!);
            return question with { Object = answer.Kind == question.Kind ? patched : AdmissionQuestion.Between(answer.Kind, question.Kind, patched) };
        }
        catch (Exception broken) when (broken is FormatException or System.Text.Json.JsonException or ApiException)
        {
            throw Internal($"failed to apply the patch of webhook \"{webhook.Text("name")}\": {broken.Message}");
        }
    }

    /// <returns>Null when the webhook is not concerned, or could not be asked and need not be.</returns>
    private async Task<(JsonObject Response, ResourceKind Kind)?> AskAsync(JsonObject webhook, AdmissionQuestion question, CancellationToken stop)
    {
        var alike = kinds().Where(kind => kind.StoreName == question.Kind.StoreName && kind.Plural == question.Kind.Plural);
        if (WebhookRules.Match(webhook, question, alike, store) is not { } kind)
        {
            return null;
        }

        if (!IsMeant(webhook, question, kind))
        {
            return null;
        }

        var name = webhook.Text("name");
        if (question.IsDryRun && webhook.Text("sideEffects") is not ("None" or "NoneOnDryRun"))
        {
            throw ApiException.BadRequest($"admission webhook \"{name}\" does not support dry run");
        }

        JsonObject response;
        try
        {
            var uid = Uids.New();
            response = await _client.AskAsync(webhook, question.Review(uid, kind), uid, stop);
        }
        catch (WebhookCallException) when (webhook.Text("failurePolicy") == "Ignore")
        {
            return null;
        }
        catch (WebhookCallException failed)
        {
            throw Internal($"failed calling webhook \"{name}\": {failed.Message}");
        }

        return response.Flag("allowed") ? (response, kind) : throw Denied(name, response.Map("status"));
    }

    /// <exception cref="ApiException">Forbidden: its conditions cannot be evaluated, and it has to be asked.</exception>
    private static bool IsMeant(JsonObject webhook, AdmissionQuestion question, ResourceKind kind)
    {
        try
        {
            return !webhook.Each("matchConditions").Any() || MatchConditions.Hold(webhook, question.Review("", kind)["request"]!);
        }
        catch (ExpressionException unclear)
        {
            return webhook.Text("failurePolicy") == "Ignore" ? false : throw ApiException.Forbidden(question.Kind.Qualified, question.Name, unclear.Message);
        }
    }

    private static void Warn(JsonObject response, ICollection<string> warnings)
    {
        foreach (var warning in response.Texts("warnings"))
        {
            warnings.Add(warning);
        }
    }

    private static ApiException Denied(string name, JsonObject? status)
    {
        var why = status.Text("message") is { Length: > 0 } message ? $": {message}"
            : status.Text("reason") is { Length: > 0 } reason ? $": {reason}" : " without explanation";
        return new ApiException(Math.Max(400, status.Count(400, "code")), status.Text("reason"), $"admission webhook \"{name}\" denied the request{why}")
        {
            Details = status.Map("details")?.DeepClone().AsObject(),
        };
    }

    private static ApiException Internal(string why) => new(500, "InternalError", "Internal error occurred: " + why)
    {
        Details = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["message"] = why }) },
    };
}
