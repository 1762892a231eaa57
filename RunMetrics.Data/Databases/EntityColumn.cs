using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace RunMetrics.Data.Databases;

/// <summary>A column of an entity's table, with the name and the conversions of the EF Core model: for statements that are written by hand.</summary>
/// <typeparam name="TEntity">The entity.</typeparam>
internal sealed class EntityColumn<TEntity>
    where TEntity : class
{
    private readonly IProperty _property;
    private readonly Func<object?, object?>? _toColumn;
    private readonly Func<object?, object?>? _toProperty;

    private EntityColumn(IProperty property, StoreObjectIdentifier table)
    {
        var mapping = property.GetTypeMapping();
        _property = property;
        _toColumn = mapping.Converter?.ConvertToProvider;
        _toProperty = mapping.Converter?.ConvertFromProvider;
        Type = mapping.Converter?.ProviderClrType ?? Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        Name = property.GetColumnName(table)!;
        StoreType = property.GetColumnType(table);
    }

    /// <summary>The name of the column.</summary>
    public string Name { get; }

    /// <summary>The type of the column, as the database calls it.</summary>
    public string StoreType { get; }

    /// <summary>The type of its values, without null.</summary>
    public Type Type { get; }

    /// <summary>The name of the property.</summary>
    public string PropertyName => _property.Name;

    /// <summary>The table of an entity, and its columns.</summary>
    public static (string Table, IReadOnlyList<EntityColumn<TEntity>> Columns) ListAll(IModel model)
    {
        var type = model.FindEntityType(typeof(TEntity))!;
        var table = StoreObjectIdentifier.Create(type, StoreObjectType.Table)!.Value;
        return (table.Name, [.. type.GetProperties().Select(property => new EntityColumn<TEntity>(property, table))]);
    }

    /// <summary>Makes an entity of the values of all columns, in their order.</summary>
    public static TEntity Materialize(IReadOnlyList<EntityColumn<TEntity>> columns, Func<int, object?> valueAt)
    {
        var entity = (TEntity)Activator.CreateInstance(typeof(TEntity), nonPublic: true)!;
        foreach (var (position, column) in columns.Index())
        {
            column.Set(entity, valueAt(position));
        }

        return entity;
    }

    /// <summary>What an entity has there, as it is stored.</summary>
    public object? Get(TEntity entity)
    {
        var value = _property.GetGetter().GetClrValue(entity);
        return value is null || _toColumn is null ? value : _toColumn(value);
    }

    private void Set(TEntity entity, object? stored)
    {
        var value = stored is null || Type.IsInstanceOfType(stored) ? stored : Convert.ChangeType(stored, Type, CultureInfo.InvariantCulture);
        _property.PropertyInfo!.SetValue(entity, value is null || _toProperty is null ? value : _toProperty(value));
    }
}
