using System.Globalization;
using Npgsql;

namespace RunMetrics.Tests.Data.PostgreSql;

/// <summary>Programs that do not use the library.</summary>
internal static class Foreign
{
    /// <summary>The rows that statements give, the values as text and separated by bars.</summary>
    public static IReadOnlyList<string> Rows(string connectionString, string sql)
    {
        using var connection = Open(connectionString);
        return Rows(connection, sql);
    }

    public static IReadOnlyList<string> Rows(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The statements are those of tests.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        do
        {
            while (reader.Read())
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i =>
                    reader.IsDBNull(i) ? "NULL" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
            }
        }
        while (reader.NextResult());
        return rows;
    }

    /// <summary>A connection that ends when it is disposed of.</summary>
    public static NpgsqlConnection Open(string connectionString)
    {
        var connection = new NpgsqlConnection($"{connectionString};Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Who is to connect instead of the superuser.</summary>
    public static string As(string role, string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Username = role }.ConnectionString;
}
