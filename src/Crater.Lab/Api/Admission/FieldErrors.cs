using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crater.Lab.Api.Admission;

/// <summary>Everything that is wrong with one object, in the words of Kubernetes' field validation; answered as one Invalid.</summary>
internal sealed class FieldErrors
{
    private readonly List<(string Field, string Reason, string Message)> _errors = [];

    public int Count => _errors.Count;

    /// <param name="reason">Kubernetes' own name for the kind of error: FieldValueTooLong …</param>
    public void Add(string field, string reason, string message) => _errors.Add((field, reason, message));

    public void Required(string field, string detail = "") =>
        _errors.Add((field, "FieldValueRequired", "Required value" + (detail.Length > 0 ? ": " + detail : "")));

    public void Invalid(string field, JsonNode? value, string detail) =>
        _errors.Add((field, "FieldValueInvalid", $"Invalid value: {Shown(value)}: {detail}"));

    public void NotSupported(string field, string value, params string[] supported) => NotSupported(field, value, isSorted: true, supported);

    /// <param name="isSorted">Whether the real server sorts the list; that of a schema keeps its order.</param>
    public void NotSupported(string field, string value, bool isSorted, string[] supported) => _errors.Add((field, "FieldValueNotSupported",
        $"Unsupported value: \"{value}\": supported values: {string.Join(", ", (isSorted ? supported.Order(StringComparer.Ordinal) : supported.AsEnumerable()).Select(one => $"\"{one}\""))}"));

    public void Forbidden(string field, string detail) => _errors.Add((field, "FieldValueForbidden", "Forbidden: " + detail));

    public void Duplicate(string field, JsonNode? value) => _errors.Add((field, "FieldValueDuplicate", "Duplicate value: " + Shown(value)));

    /// <exception cref="ApiException">Invalid, when there is at least one error.</exception>
    public void Throw(ResourceKind kind, string name)
    {
        if (_errors.Count == 0)
        {
            return;
        }

        var qualified = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        var texts = _errors.Select(error => $"{error.Field}: {error.Message}").ToList();
        var all = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        throw new ApiException(422, "Invalid", $"{qualified} \"{name}\" is invalid: {all}")
        {
            Details = new JsonObject
            {
                ["name"] = name,
                ["group"] = kind.Group,
                ["kind"] = kind.Kind,
                ["causes"] = new JsonArray([.. _errors.Select(error => (JsonNode)new JsonObject
                {
                    ["reason"] = error.Reason, ["message"] = error.Message, ["field"] = error.Field,
                })]),
            },
        };
    }

    private static string Shown(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue one when one.GetValueKind() == JsonValueKind.String => $"\"{one}\"",
        _ => value.ToJsonString(),
    };
}
