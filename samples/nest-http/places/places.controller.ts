import {
  BadRequestException,
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  ParseFloatPipe,
  ParseIntPipe,
  Patch,
  Query,
} from '@nestjs/common';
import type { NearbyPlace, Place, PlaceDetails } from './place.js';
import { PlacesService } from './places.service.js';

@Controller()
export class PlacesController {
  constructor(private readonly places: PlacesService) {}

  @Get('search')
  search(@Query('q') query?: string): Promise<Place[]> {
    if (!query) throw new BadRequestException('say what to look for: /search?q=zurich');
    return this.places.search(query);
  }

  @Get('nearest')
  nearest(
    @Query('lat', ParseFloatPipe) latitude: number,
    @Query('lon', ParseFloatPipe) longitude: number,
  ): Promise<NearbyPlace[]> {
    return this.places.nearest(latitude, longitude);
  }

  @Get('places')
  async details(@Query('ids') list?: string): Promise<PlaceDetails[]> {
    const ids = list?.split(',').map(Number);
    if (!ids?.every((id) => Number.isSafeInteger(id)))
      throw new BadRequestException('say which places: /places?ids=2657896,2643743');
    return [...(await this.places.details(ids)).values()];
  }

  @Patch('places/:id')
  async rename(@Param('id', ParseIntPipe) id: number, @Body('name') name?: string): Promise<PlaceDetails> {
    if (!name) throw new BadRequestException('say the new name: {"name":"Turicum"}');
    const place = await this.places.rename(id, name);
    if (place === undefined) throw new NotFoundException(`there is no place ${id}`);
    return place;
  }
}
